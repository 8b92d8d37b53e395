using System.Diagnostics;

namespace Panicle.Kdump.Capture;

/// <summary>When something last moved. Thread-safe.</summary>
internal sealed class Progress
{
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>How long nothing has moved.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Interlocked.Read(ref _last));

    /// <summary>Tells that something moved: the time since then is how long the work has stood still.</summary>
    public void Moved() => Interlocked.Exchange(ref _last, Stopwatch.GetTimestamp());

    /// <summary>Whether nothing has moved for this long.</summary>
    public bool IsStuck(TimeSpan limit) => Idle > limit;
}
