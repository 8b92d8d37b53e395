using Panicle.Kdump.Configuration;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Save;
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
    private readonly CaptureOrigin _origin = CaptureOrigin.Read(SystemRoot.Live);
    private OptionalWork _without;

    /// <summary>Captures. False if no place took the whole crash.</summary>
    public bool Run()
    {
        var tries = configuration.Number("retries") ?? 1;
        foreach (var target in new[] { configuration.Target, configuration.Fallback })
        {
            for (var attempt = 1; target is not null && attempt <= tries;)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // What an attempt before has left.
                log.Say($"target {target.Shown}{(attempt > 1 ? $", attempt {attempt} of {tries}" : "")}");
                var before = _without;
                if (TryWatched(target))
                    return true;
                // What is tried without something is no repetition.
                if (_without == before)
                    attempt++;
            }
        }
        return false;
    }

    public void Dispose() => _memory.Dispose();

    // A call that hangs in the kernel can't be called back: then its thread is left behind.
    private bool TryWatched(TargetAddress target)
    {
        var progress = new Progress();
        using var cancellation = new CancellationTokenSource();
        var token = cancellation.Token;
        var work = Task.Run(() => Try(target, progress, token));
        while (!work.Wait(TimeSpan.FromSeconds(1)))
        {
            if (progress.IsStuck(_timeout * 2))
            {
                cancellation.Cancel(); // Should it wake up, it must not finish what the next attempt writes.
                log.Say($"nothing has moved for {progress.Idle.TotalSeconds:F0} s: {target.Shown} is given up");
                if (progress.Work != OptionalWork.None)
                    log.Say($"it was {progress.Work switch
                    {
                        OptionalWork.Log => "the log",
                        OptionalWork.Report => "the report",
                        OptionalWork.Filter => "telling pages apart",
                        _ => "looking for secrets",
                    }}: the next attempt does without");
                _without |= progress.Work;
                return false;
            }
        }
        return work.Result;
    }

    /// <summary>Makes room, as the configuration says. Nothing of this may cost the dump.</summary>
    private void Clean(TargetAddress target, CrashSink sink, bool isSaved)
    {
        try
        {
            var rule = RetentionRule.Of(configuration);
            // Until the crash is safe, only what has no room otherwise goes.
            rule = isSaved ? rule : rule with { Most = null, Days = null };
            if (sink is not DirectorySink directory || rule is { Most: null, Days: null, FreePercent: null })
                return;
            if (target.Kind == TargetKind.Nfs && configuration["keep-shared"] != "yes")
                log.Say("old dumps stay: other machines may have theirs there too (keep-shared = yes removes this machine's)");
            else if (_origin.Host.Length == 0)
                log.Say("old dumps stay: nothing in the initramfs tells this machine's name");
            else
                RetentionCleaner.Clean(
                    directory.Target, rule, new OwnCrashes(configuration["layout"], _origin.Host), directory.Name, isSaved,
                    new CaptureClock(DateTime.UtcNow, _origin.MadeAt), log.Say);
        }
        catch (Exception e)
        {
            log.Say($"old dumps stay: this is a bug in panicle: {e}");
        }
    }

    private bool Try(TargetAddress target, Progress progress, CancellationToken cancellation)
    {
        try
        {
            using var sink = _opener.Open(target, out var names);
            progress.Moved();
            log.Say($"saving to {sink.Description}{(sink.Free is { } free ? $", {free >> 20} MB free" : "")}");
            Clean(target, sink, isSaved: false);
            var saver = new CrashSaver(configuration, log, progress, _memory, report) { Without = _without };
            saver.Save("/proc/vmcore", sink, names, cancellation);
            Clean(target, sink, isSaved: true);
            return true;
        }
        catch (Exception e)
            when (e is IOException or TargetException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            log.Say($"{target.Shown}: {e.Message}");
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e)
        {
            log.Say($"{target.Shown}: this is a bug in panicle: {e}");
            return false;
        }
    }
}
