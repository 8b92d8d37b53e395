using System.Diagnostics;
using Panicle.Kdump.Save;

namespace Panicle.Kdump.Capture;

/// <summary>When something last moved. Thread-safe.</summary>
internal sealed class Progress
{
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>
    /// What is being done that the dump can be had without; what it stands still over is left out the next time.
    /// </summary>
    public OptionalWork Work { get; private set; }

    /// <summary>Tells which optional work begins, or that it is over.</summary>
    public void Enter(OptionalWork work)
    {
        Work = work;
        Moved();
    }

    /// <summary>How long nothing has moved.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Interlocked.Read(ref _last));

    /// <summary>Tells that something moved: the time since then is how long the work has stood still.</summary>
    public void Moved() => Interlocked.Exchange(ref _last, Stopwatch.GetTimestamp());

    /// <summary>Whether nothing has moved for this long.</summary>
    public bool IsStuck(TimeSpan limit) => Idle > limit;
}
