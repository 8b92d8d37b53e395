using System.Diagnostics;
using System.Text;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Save;
using Panicle.Kdump.Targets;
using Panicle.Kernel;

namespace Panicle.Kdump.Capture;

/// <summary>
/// Brings one crash into a sink: the log first, then what happened in short, then the dump, and what was said meanwhile.
/// </summary>
internal sealed class CrashSaver(EffectiveConfiguration configuration, CaptureLog log, Progress progress, MemoryWatch memory,
    Action<KernelDump, TextWriter> report)
{
    /// <summary>What is left out, since an earlier attempt was lost over it.</summary>
    public OptionalWork Without { get; init; }

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private long _start;
    private long _lastShown;
    private DiskSettler? _settler;

    /// <exception cref="DumpException">The dump isn't whole.</exception>
    public void Save(string source, CrashSink sink, CrashNames names, CancellationToken cancellation)
    {
        try
        {
            var path = sink.PathOf(names.Dump);
            _settler = new DiskSettler(Path.GetDirectoryName(path));
            var result = DumpSaver.Save([source], path ?? names.Dump, Options(path is null ? sink : null), cancellation);
            foreach (var note in result.Notes)
                log.Say(note);
            var size = result.Bytes > 0 ? $", {result.Bytes >> 20} MB" : "";
            log.Say($"{names.Dump}: {result.Pages} of {result.MachinePages} pages in {result.Seconds:F1} s{size}; "
                + $"peak memory {result.PeakMemory >> 10} kB");
        }
        catch (DumpException e)
        {
            log.Say(e.Message);
            throw new IOException("the dump isn't whole", e);
        }
        finally
        {
            log.Say($"memory: {memory.Summary}");
            // Of an attempt that was given up, the next one saves it.
            if (!cancellation.IsCancellationRequested)
                SaveLog(sink, names.CaptureLog);
        }
    }

    private SaveOptions Options(CrashSink? sink) => new()
    {
        Level = configuration.Number("level"),
        Compression = Enum.Parse<DumpCompression>(configuration["compress"], ignoreCase: true),
        Format = Enum.Parse<SaveFormat>(configuration["format"], ignoreCase: true),
        Scrub = configuration["scrub"] != "no",
        ScrubOrRefuse = configuration["scrub"] == "required",
        Without = Without,
        Entering = progress.Enter,
        Working = progress.Moved,
        Force = true, // The directory is the crash's own; what is there an earlier attempt has left.
        Sink = sink,
        Report = report,
        Say = message =>
        {
            progress.Moved();
            log.Say(message);
        },
        Progress = Show,
    };

    private void Show(WriteProgress now)
    {
        progress.Moved();
        _settler?.Settle();
        if (_start == 0)
            _start = _lastShown = Stopwatch.GetTimestamp();
        if (Stopwatch.GetElapsedTime(_lastShown) < Pace)
            return;
        _lastShown = Stopwatch.GetTimestamp();
        log.Pass($"{now.Pages} of {now.Total} pages{Left(now)}");
    }

    private string Left(WriteProgress now)
    {
        var rate = now.Pages / Stopwatch.GetElapsedTime(_start).TotalSeconds;
        return rate > 0 ? $", {rate / 256:F0} MB/s, {(now.Total - now.Pages) / rate:F0} s left" : "";
    }

    private void SaveLog(CrashSink sink, string name)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(log.Text);
            var stream = sink.Create(name, bytes.Length);
            stream.Write(bytes);
            sink.Finish(name, stream);
            progress.Moved();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Say($"{name}: {e.Message}");
        }
    }
}
