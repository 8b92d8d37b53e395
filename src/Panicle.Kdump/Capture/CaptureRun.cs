using Panicle.Kdump.Configuration;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Targets;
using Panicle.Kernel;

namespace Panicle.Kdump.Capture;

/// <summary>One crash, brought to the target; if that fails as often as is configured, to the fallback.</summary>
internal sealed class CaptureRun(EffectiveConfiguration configuration, CaptureLog log, Action<KernelDump, TextWriter> report)
    : IDisposable
{
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(configuration.Number("timeout") ?? 60);
    private readonly SinkOpener _opener = new(configuration, log);
    private readonly MemoryWatch _memory = new();

    /// <summary>Captures. False if no place took the whole crash.</summary>
    public bool Run()
    {
        var tries = configuration.Number("retries") ?? 1;
        foreach (var target in new[] { configuration.Target, configuration.Fallback })
        {
            for (var attempt = 1; target is not null && attempt <= tries; attempt++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // What an attempt before has left.
                log.Say($"target {target.Shown}{(attempt > 1 ? $", attempt {attempt} of {tries}" : "")}");
                if (TryWatched(target))
                    return true;
            }
        }
        return false;
    }

    public void Dispose() => _memory.Dispose();

    // A call that hangs in the kernel can't be called back: then its thread is left behind.
    private bool TryWatched(TargetAddress target)
    {
        var progress = new Progress();
        var work = Task.Run(() => Try(target, progress));
        while (!work.Wait(TimeSpan.FromSeconds(1)))
        {
            if (progress.IsStuck(_timeout * 2))
            {
                log.Say($"nothing has moved for {progress.Idle.TotalSeconds:F0} s: {target.Shown} is given up");
                return false;
            }
        }
        return work.Result;
    }

    private void Clean(CrashSink sink, RetentionRule rule)
    {
        if (sink is DirectorySink { Target: var directory })
            RetentionCleaner.Clean(directory, rule, log.Say);
    }

    private bool Try(TargetAddress target, Progress progress)
    {
        try
        {
            using var sink = _opener.Open(target, out var names);
            log.Say($"saving to {sink.Description}{(sink.Free is { } free ? $", {free >> 20} MB free" : "")}");
            var rule = RetentionRule.Of(configuration);
            if (rule.FreePercent is not null)
                Clean(sink, rule);
            new CrashSaver(configuration, log, progress, _memory, report).Save("/proc/vmcore", sink, names);
            Clean(sink, rule);
            return true;
        }
        catch (Exception e)
            when (e is IOException or TargetException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            log.Say($"{target.Shown}: {e.Message}");
            return false;
        }
        catch (Exception e)
        {
            log.Say($"{target.Shown}: this is a bug in panicle: {e}");
            return false;
        }
    }
}
