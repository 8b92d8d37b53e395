using System.Diagnostics;

namespace Panicle.Kdump.Capture;

/// <summary>
/// Has the kernel put what was written on the disk every few seconds, so that power that goes in the middle costs the last few
/// seconds and not the file: a new file system entry alone would wait for the journal's next turn.
/// </summary>
internal sealed class DiskSettler(string? directory)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private long _last = Stopwatch.GetTimestamp();
    private Task _settling = Task.CompletedTask;

    /// <summary>Starts it if it is time, and comes back at once.</summary>
    public void Settle()
    {
        if (directory is null || !_settling.IsCompleted || Stopwatch.GetElapsedTime(_last) < Pace)
            return;
        _settling = Task.Run(() =>
        {
            var descriptor = Native.Open(directory, 0);
            if (descriptor < 0)
                return;
            _ = Native.SyncFileSystem(descriptor);
            _ = Native.Close(descriptor);
            Interlocked.Exchange(ref _last, Stopwatch.GetTimestamp());
        });
    }
}
