using System.Diagnostics;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Save.Scrub;
using Panicle.Kdump.Targets;
using Panicle.Kernel;
using Panicle.Kernel.Arch;

namespace Panicle.Kdump.Save;

/// <summary>
/// Saves a crashed kernel's memory, from <c>/proc/vmcore</c> or any dump: the log first, as text, then the report, so that these
/// are safe whatever happens to the dump, and then the dump.
/// </summary>
public sealed class DumpSaver : IDisposable
{
    private const string LiveInput = "/proc/vmcore";

    /// <summary>
    /// 128 TB, where a dump's memory must end: the largest machines have half of that. A damaged dump may claim anything.
    /// </summary>
    private const ulong MostMemory = 1UL << 47;

    /// <summary>The kernel that captures has little memory: pages are read again rather than kept.</summary>
    private static readonly Limits Sparing = Limits.Default with { PageCacheBytes = 2 * 1024 * 1024 };

    private readonly SaveOptions _options;
    private readonly KernelDump? _kernel;
    private readonly DumpFile _dump;
    private readonly List<string> _notes = [];
    private Scrubber? _scrubber;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private DumpSaver(IReadOnlyList<string> inputs, SaveOptions options)
    {
        _options = options;
        (_dump, _kernel) = Open(inputs);
        _notes.AddRange(_dump.Problems);
    }

    /// <summary>Saves a dump into files.</summary>
    /// <param name="inputs">The input: one file, or the files of a split dump.</param>
    /// <param name="output">The dump's file; "-" writes a flattened stream to standard output.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops it; what was written stays, marked as incomplete.</param>
    /// <exception cref="DumpException">The input can't be used, or the output can't be written.</exception>
    public static SaveResult Save(
        IReadOnlyList<string> inputs, string output, SaveOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(options);
        var names = SaveFiles.Of(output, options);
        if (options.Sink is null)
            SaveFiles.Check(names, inputs, options);
        using var saver = new DumpSaver(inputs, options);
        return saver.Save(output, names, cancellation);
    }

    /// <summary>Closes the dump that is read; what was written stays.</summary>
    public void Dispose()
    {
        _kernel?.Dispose();
        _dump.Dispose();
    }

    private (DumpFile Dump, KernelDump? Kernel) Open(IReadOnlyList<string> inputs)
    {
        try
        {
            var kernel = KernelDump.Open(inputs, new KernelDumpOptions { Limits = Sparing });
            return (kernel.Dump, kernel);
        }
        catch (DumpException failure)
        {
            var dump = DumpReader.Open(inputs, Sparing); // What is no dump at all says so again.
            _notes.Add($"the kernel in the dump can't be read: {failure.Message}");
            return (dump, null);
        }
    }

    private SaveResult Save(string output, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var side = _options.SideFiles && output != "-" ? SideFiles.Of(output) : default;
        var log = WriteSide(side.Log, "log", writer => LogText.Write(_kernel!.Log, writer));
        var report = _options.Report is { } write ? WriteSide(side.Report, "report", writer => write(_kernel!, writer)) : null;
        var content = MakeContent(cancellation, out var filter);
        _notes.AddRange(filter.Notes);
        var outputs = new SaveFiles(names, _options.Sink);
        try
        {
            return Write(outputs, content, filter, log, report, cancellation);
        }
        catch (IOException failure)
        {
            throw new DumpException(
                $"{failure.Message}; what could be written is in {string.Join(", ", outputs.CurrentNames)} and opens as an "
                    + "incomplete dump"
                + (log is null ? "" : $", the log is in {log}"), failure);
        }
        finally
        {
            outputs.Dispose();
        }
    }

    private SaveResult Write(
        SaveFiles outputs, DumpContent content, PageFilter filter, string? log, string? report, CancellationToken cancellation)
    {
        var needsLength = _options.Sink is { NeedsLength: true };
        var options = new DumpWriteOptions
        {
            Format = _options.Format == SaveFormat.Elf ? DumpFormat.Elf : DumpFormat.Kdump,
            Compression = _options.Compression,
            // Which of equal pages is stored depends on the threads' luck.
            Threads = needsLength ? 1 : _options.Threads ?? Environment.ProcessorCount,
            Progress = _options.Progress,
            Edit = _scrubber is { } scrubber ? scrubber.Edit : null,
        };
        _options.Say?.Invoke($"{content.Dumped.Count} of {content.Ram.Count} pages are kept at level {content.FilterLevel}");
        CheckRoom(outputs, content);
        long? length = needsLength ? Measure(content, options, cancellation) : null;
        var targets = outputs.Open(_options.Format, length);
        var written = DumpWriter.Write(_dump, content, options, targets, cancellation);
        if (written.LostPages > 0)
            _notes.Add(
                $"{written.LostPages} pages could not be read and are missing from the dump; the first one: {written.FirstLoss}");
        outputs.Complete();
        return new SaveResult(
            outputs.Names, log, report, content.FilterLevel, (long)content.Ram.Count, written.Pages, written.ZeroPages,
            written.LostPages, outputs.Length, _clock.Elapsed.TotalSeconds, PeakMemory.Read(), written.LostPages > 0, filter.Uses,
            _notes);
    }

    // It may fit once it is compressed: no reason not to try.
    private void CheckRoom(SaveFiles outputs, DumpContent content)
    {
        if (outputs.Free is not { } free || content.Dumped.Count * (ulong)content.PageSize is var needed && needed <= free)
            return;
        _notes.Add(
            $"there is room for {free >> 20} MB where the dump goes, "
                + $"and its pages are {needed >> 20} MB before they are compressed: it may not fit");
        _options.Say?.Invoke(_notes[^1]);
    }

    // The old memory doesn't change, so that what is written twice is the same twice.
    private long Measure(DumpContent content, DumpWriteOptions options, CancellationToken cancellation)
    {
        _options.Say?.Invoke("the dump is compressed once only to learn its length, which the target wants to be told");
        using var counter = new CountingStream();
        var output = new FlattenedOutput(counter);
        DumpWriter.Write(_dump, content, options, [output], cancellation);
        output.Complete();
        return counter.Written;
    }

    private string? WriteSide(string? path, string what, Action<TextWriter> write)
    {
        if (path is null || _kernel is null)
            return null;
        try
        {
            if (_options.Sink is { } sink)
                WriteSideTo(sink, path, write);
            else
                WriteSideFile(path, write);
            _options.Say?.Invoke($"the {what} is in {path}");
            return path;
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or KernelReadException or DumpException)
        {
            _notes.Add($"the {what} could not be written: {failure.Message}");
            return null;
        }
    }

    private static void WriteSideFile(string path, Action<TextWriter> write)
    {
        using var file = new FileStream(path, FileMode.Create);
        using (var writer = new StreamWriter(file, leaveOpen: true))
            write(writer);
        file.Flush(flushToDisk: true);
    }

    // Kilobytes: some servers want to know how many before they take them.
    private static void WriteSideTo(CrashSink sink, string name, Action<TextWriter> write)
    {
        var text = new MemoryStream();
        using (var writer = new StreamWriter(text, leaveOpen: true))
            write(writer);
        var stream = sink.Create(name, text.Length);
        text.WriteTo(stream);
        sink.Finish(name, stream);
    }

    private DumpContent MakeContent(CancellationToken cancellation, out PageFilter filter)
    {
        var presentRanges = Credible(_dump.PresentRanges());
        // A damaged header may say less of the machine than of what is in the file.
        var machineRanges = Credible(_dump.MachineRanges().Concat(presentRanges));
        var limit = _dump.Limit <= MostMemory
            ? _dump.Limit
            : machineRanges.Select(static range => range.End).DefaultIfEmpty().Max();
        var ram = Frames(machineRanges, limit);
        var present = Frames(presentRanges, limit);
        if (_dump.Header.IsIncomplete)
            RemoveMissing(present, cancellation);
        var before = _dump.Header.FilterLevel ?? 0;
        var level = _options.Level ?? (_dump.Paths[0] == LiveInput ? FilterLevel.Most : before | FilterLevel.Zero);
        filter = PageFilter.Make(_dump, _kernel, level & ~before, present, cancellation);
        if (_options.Format == SaveFormat.Elf && (level & FilterLevel.Zero) != 0)
            ZeroPages.Remove(_dump, filter.Kept, _options.Threads ?? Environment.ProcessorCount, cancellation);
        if (_options.Scrub)
            Scrub(filter.Kept, cancellation);
        return new DumpContent
        {
            PageSize = _dump.PageSize,
            Machine = _dump.Header.Machine,
            Ram = ram,
            Dumped = filter.Kept,
            Before = filter.Needed,
            Utsname = FindUtsname(),
            FilterLevel = before | (filter.IsFiltered ? level : level & FilterLevel.Zero),
            PhysicalBase = Architectures.Of(_dump.Header.Machine)?.PhysicalBaseOf(_dump, _kernel?.Info) ?? 0,
            DirectMap = FindDirectMap(),
            WrittenAt = _dump.Header.WrittenAt ?? DateTime.UtcNow,
            CpuCount = _dump.Header.CpuCount ?? 1,
            Notes = DumpContent.NotesOf(_dump, _kernel?.Info ?? _dump.VmcoreInfo),
            EraseInfo = _scrubber?.EraseInfo ?? "",
        };
    }

    /// <exception cref="DumpException">
    /// What is to be overwritten can't be found: a dump that was to be scrubbed must not be written as it is.
    /// </exception>
    private void Scrub(PageSet kept, CancellationToken cancellation)
    {
        if (_kernel is null)
            throw new DumpException(
                $"{_dump.Paths[0]}: what --scrub is to overwrite can't be found, since the kernel in the dump can't be read; "
                    + "nothing was written");
        _scrubber = new Scrubber(_kernel, kept, cancellation);
        _notes.AddRange(_scrubber.Notes);
    }

    /// <summary>The ranges that a machine can have; the others are damage, and what they claim would only cost time.</summary>
    private List<AddressRange> Credible(IEnumerable<AddressRange> ranges)
    {
        var credible = new List<AddressRange>();
        foreach (var range in ranges)
        {
            var note = $"memory at 0x{range.Start:x} to 0x{range.End:x} is left out: no machine has any past 0x{MostMemory:x}";
            if (range.End <= MostMemory)
                credible.Add(range);
            else if (!_notes.Contains(note))
                _notes.Add(note);
        }
        return credible;
    }

    private PageSet Frames(List<AddressRange> ranges, ulong limit)
    {
        var size = (ulong)_dump.PageSize;
        var set = new PageSet((limit + size - 1) / size);
        foreach (var range in ranges)
            set.Add(range.Start / size, (range.End + size - 1) / size - range.Start / size);
        return set;
    }

    /// <summary>Takes out the pages that a file which was cut short says it has and hasn't.</summary>
    private void RemoveMissing(PageSet present, CancellationToken cancellation)
    {
        ulong missing = 0;
        foreach (var (first, end) in present.Clone().Runs())
        {
            cancellation.ThrowIfCancellationRequested();
            for (var frame = first; frame < end; frame++)
            {
                if (_dump.StateOf(frame * (ulong)_dump.PageSize) == PageState.Present)
                    continue;
                present.Remove(frame);
                missing++;
            }
        }
        if (missing > 0)
            _notes.Add($"{missing} pages are missing from the input, which is incomplete");
    }

    private Utsname FindUtsname()
    {
        if (_dump.Header.Utsname is { Release.Length: > 0 } known)
            return known;
        var losses = new Losses();
        if (_kernel is not null && losses.Try("the machine's name could not be read", () => _kernel.System.Utsname) is { } name)
            return name;
        _notes.AddRange(losses.Select(static loss => loss.ToString()));
        return new Utsname("Linux", "", _dump.VmcoreInfo?.Release ?? "", "", "", "");
    }

    // Known for certain only once the kernel's symbols are.
    private ulong FindDirectMap()
    {
        var symbols = _kernel is null ? null : Losses.Ignored.Try(() => _kernel.Symbols);
        return symbols is null or { IsIncomplete: true } ? 0 : _kernel!.Memory.DirectMapBase;
    }
}
