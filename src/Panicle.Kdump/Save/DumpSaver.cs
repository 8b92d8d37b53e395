using System.Diagnostics;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Files;
using Panicle.Kdump.Save.Scrub;
using Panicle.Kdump.Targets;
using Panicle.Kernel;
using Panicle.Kernel.Arch;

namespace Panicle.Kdump.Save;

/// <summary>
/// Saves a crashed kernel's memory, from <c>/proc/vmcore</c> or any dump: the log first, as text, then the report, so that these
/// are safe whatever happens to the dump, and then the dump. What a dump can be had without never costs it: whatever goes wrong
/// there is a note.
/// </summary>
public sealed class DumpSaver : IDisposable
{
    private const string LiveInput = "/proc/vmcore";

    /// <summary>
    /// 128 TB, where a dump's memory must end: the largest machines have half of that. A damaged dump may claim anything.
    /// </summary>
    private const ulong MostMemory = 1UL << 47;

    /// <summary>
    /// 8 TB. A file that claims more than this, and has less than a thousandth of it, isn't believed: what describes the memory
    /// (its struct pages) alone is more than a hundredth. Believed, a few bytes would become a dump of gigabytes that say
    /// nothing.
    /// </summary>
    private const ulong MostUnproven = 1UL << 43;
    private const ulong LeastPart = 1024;

    /// <summary>Missing pages of 64 GB are listed, whatever there is beside them.</summary>
    private const ulong MostListed = 1 << 24;

    /// <summary>The kernel that captures has little memory: pages are read again rather than kept.</summary>
    private static readonly Limits Sparing = Limits.Default with { PageCacheBytes = 2 * 1024 * 1024 };

    private readonly SaveOptions _options;
    private readonly KernelDump? _kernel;
    private readonly DumpFile _dump;
    private readonly List<string> _notes = [];
    private Scrubber? _scrubber;
    private bool _isMissingPages;
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
            SaveFiles.Check(names, NamesBeside(output, options), inputs, options);
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
        var (log, report) = WriteBeside(output, cancellation);
        var content = MakeContent(cancellation, out var filter);
        _notes.AddRange(filter.Notes);
        cancellation.ThrowIfCancellationRequested();
        var outputs = new SaveFiles(names, _options);
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
            Progress = Show,
            Edit = _scrubber is { } scrubber ? scrubber.Edit : null,
        };
        Say($"{content.Dumped.Count} of {content.Ram.Count} pages are kept at level {content.FilterLevel}");
        CheckRoom(outputs, content);
        long? length = needsLength ? Measure(content, options, cancellation) : null;
        var targets = outputs.Open(length);
        var written = DumpWriter.Write(_dump, content, options, targets, cancellation);
        if (written.LostPages > 0)
            _notes.Add(
                $"{written.LostPages} pages could not be read and "
                    + $"{(_options.Format == SaveFormat.Elf ? "are zeros in" : "are missing from")} the dump; "
                    + $"the first one: {written.FirstLoss}");
        cancellation.ThrowIfCancellationRequested();
        outputs.Complete();
        return new SaveResult(
            outputs.Names, log, report, content.FilterLevel, (long)content.Ram.Count, written.Pages, written.ZeroPages,
            written.LostPages, outputs.Length, _clock.Elapsed.TotalSeconds, PeakMemory.Read(),
            written.LostPages > 0 || content.IsIncomplete, filter.Uses,
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
        Say(_notes[^1]);
    }

    // The old memory doesn't change, so that what is written twice is the same twice.
    private long Measure(DumpContent content, DumpWriteOptions options, CancellationToken cancellation)
    {
        Say("the dump is compressed once only to learn its length, which the target wants to be told");
        using var counter = new CountingStream();
        var output = new FlattenedOutput(counter);
        DumpWriter.Write(_dump, content, options, [output], cancellation);
        output.Complete();
        return counter.Written;
    }

    // Beside a device there is no place.
    private static SideFiles? Beside(string output, SaveOptions options) =>
        options.SideFiles && output != "-"
            && (options.Sink is not null || FileStatus.Of(output) is null or { Kind: FileKind.Regular })
            ? SideFiles.Of(output)
            : null;

    private static IEnumerable<string> NamesBeside(string output, SaveOptions options)
    {
        if (Beside(output, options) is not { } side)
            yield break;
        yield return side.Log;
        if (options.Report is not null)
            yield return side.Report;
    }

    private (string? Log, string? Report) WriteBeside(string output, CancellationToken cancellation)
    {
        if (Beside(output, _options) is not { } side)
        {
            if (_options.SideFiles && output != "-")
                _notes.Add($"beside {output} there is no place for the log and the report: only the dump was saved");
            return default;
        }
        var log = WriteSide(side.Log, "log", OptionalWork.Log, writer => LogText.Write(_kernel!.Log, writer), cancellation);
        var report = _options.Report is not { } write ? null
            : WriteSide(side.Report, "report", OptionalWork.Report, writer => write(_kernel!, writer), cancellation);
        return (log, report);
    }

    private string? WriteSide(
        string path, string what, OptionalWork work, Action<TextWriter> write, CancellationToken cancellation)
    {
        if (_kernel is null)
            return null;
        string? written = null;
        Try(work, $"the {what} could not be written", () =>
        {
            if (_options.Sink is { } sink)
                WriteSideTo(sink, path, write, cancellation);
            else
                WriteSideFile(path, write, cancellation);
            written = path;
        });
        if (written is not null)
            Say($"the {what} is in {path}");
        return written;
    }

    /// <summary>Does what the dump can be had without. Whatever is thrown there, the dump is saved all the same.</summary>
    /// <returns>Whether it was done.</returns>
    private bool Try(OptionalWork work, string failed, Action action)
    {
        if ((_options.Without & work) != 0)
        {
            _notes.Add($"{failed}: an earlier attempt was lost over it");
            return false;
        }
        _options.Entering?.Invoke(work);
        try
        {
            action();
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _notes.Add($"{failed}: {Describe(failure)}");
            return false;
        }
        finally
        {
            _options.Entering?.Invoke(OptionalWork.None);
        }
    }

    private static string Describe(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or KernelReadException or DumpException
            ? failure.Message
            : $"this is a bug in panicle: {failure.GetType().Name}: {failure.Message}";

    // Nobody who only listens may end what he listens to: standard error may be closed, or its disk full.
    private void Say(string sentence)
    {
        try
        {
            _options.Say?.Invoke(sentence);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
        }
    }

    private void Show(WriteProgress progress)
    {
        try
        {
            _options.Progress?.Invoke(progress);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
        }
    }

    // An older one is lost only once this one is whole.
    private void WriteSideFile(string path, Action<TextWriter> write, CancellationToken cancellation)
    {
        var incomplete = path + FileOutput.IncompleteSuffix;
        try
        {
            using var file = OutputFile.Create(incomplete, _options.Force);
            using (var writer = new StreamWriter(file, leaveOpen: true))
                write(writer);
            file.Flush(flushToDisk: true);
        }
        catch
        {
            if (FileStatus.Of(incomplete, follow: false) is { Kind: FileKind.Regular, Length: 0 })
                File.Delete(incomplete); // What there is of one that isn't whole stays.
            throw;
        }
        cancellation.ThrowIfCancellationRequested();
        File.Move(incomplete, path, _options.Force);
    }

    // Kilobytes: some servers want to know how many before they take them.
    private static void WriteSideTo(CrashSink sink, string name, Action<TextWriter> write, CancellationToken cancellation)
    {
        var text = new MemoryStream();
        using (var writer = new StreamWriter(text, leaveOpen: true))
            write(writer);
        cancellation.ThrowIfCancellationRequested();
        var stream = sink.Create(name, text.Length);
        text.WriteTo(stream);
        sink.Finish(name, stream);
    }

    private DumpContent MakeContent(CancellationToken cancellation, out PageFilter filter)
    {
        var presentRanges = Credible(_dump.PresentRanges());
        // A damaged header may say less of the machine than of what is in the file.
        var machineRanges = Credible(_dump.MachineRanges().Concat(presentRanges));
        var limit = LimitOf(machineRanges, presentRanges);
        var ram = Frames(machineRanges, limit);
        var present = Frames(presentRanges, limit);
        var missing = _dump.Header.IsIncomplete ? TakeMissing(present, limit, cancellation) : null;
        var before = _dump.Header.FilterLevel ?? 0;
        var level = _options.Level ?? (_dump.Paths[0] == LiveInput ? FilterLevel.Most : before | FilterLevel.Zero);
        filter = Filter(level & ~before, present, missing, cancellation);
        if (_options.Format == SaveFormat.Elf && (level & FilterLevel.Zero) != 0)
            ZeroPages.Remove(_dump, filter.Kept, _options.Threads ?? Environment.ProcessorCount, cancellation, _options.Working);
        if (_options.Scrub)
            Scrub(filter.Kept, cancellation);
        return new DumpContent
        {
            PageSize = _dump.PageSize,
            Machine = _dump.Header.Machine,
            Ram = ram,
            Dumped = filter.Kept,
            Missing = filter.Missing,
            IsIncomplete = _isMissingPages,
            Before = filter.Needed,
            Utsname = FindUtsname(),
            FilterLevel = before | (filter.IsFiltered ? level : level & FilterLevel.Zero),
            PhysicalBase = FindPhysicalBase(),
            DirectMap = FindDirectMap(),
            WrittenAt = _dump.Header.WrittenAt ?? DateTime.UtcNow,
            CpuCount = _dump.Header.CpuCount ?? 1,
            Notes = DumpContent.NotesOf(_dump, _kernel?.Info ?? _dump.VmcoreInfo),
            EraseInfo = _scrubber?.EraseInfo ?? "",
        };
    }

    private PageFilter Filter(int level, PageSet present, PageSet? missing, CancellationToken cancellation)
    {
        PageFilter? filter = null;
        Try(OptionalWork.Filter, "pages can't be told apart, so all are kept", () =>
            filter = PageFilter.Make(_dump, _kernel, level, present.Clone(), missing?.Clone(), _options.Working, cancellation));
        return filter ?? PageFilter.KeepAll(_dump, present, missing);
    }

    /// <exception cref="DumpException">Not everything can be found, and no dump is wanted then.</exception>
    private void Scrub(PageSet kept, CancellationToken cancellation)
    {
        const string Failed = "NOT SCRUBBED: what is to be overwritten could not be found, and the dump has it as it was";
        var isWhole = _kernel is not null && Try(OptionalWork.Scrub, Failed, () =>
        {
            _scrubber = new Scrubber(_kernel, kept, cancellation, _options.Working);
            _notes.AddRange(_scrubber.Notes);
        });
        if (_kernel is null)
            _notes.Add($"{Failed}: the kernel in the dump can't be read");
        if (!_options.ScrubOrRefuse || isWhole && _scrubber!.IsWhole)
            return;
        throw new DumpException(
            $"{_dump.Paths[0]}: not everything that is to be overwritten could be found, so that no dump is written: "
                + string.Join("; ", _scrubber?.Failures ?? [_notes[^1]]));
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

    private ulong LimitOf(List<AddressRange> machine, List<AddressRange> present)
    {
        if (_dump.Limit <= MostUnproven)
            return _dump.Limit;
        var end = EndOf(machine);
        if (end <= MostUnproven || BytesOf(present) * LeastPart >= BytesOf(machine))
            return end;
        var limit = Math.Max(EndOf(present), MostUnproven);
        if (limit < end)
            _notes.Add($"memory at 0x{limit:x} to 0x{end:x} is left out: the file claims it and has next to nothing of it");
        return limit;

        static double BytesOf(List<AddressRange> ranges) => ranges.Sum(static range => (double)range.Length);
        static ulong EndOf(List<AddressRange> ranges) => ranges.Select(static range => range.End).DefaultIfEmpty().Max();
    }

    private PageSet Frames(List<AddressRange> ranges, ulong limit)
    {
        var size = (ulong)_dump.PageSize;
        var set = new PageSet((limit + size - 1) / size);
        foreach (var range in ranges)
            set.Add(range.Start / size, (range.End + size - 1) / size - range.Start / size);
        return set;
    }

    /// <summary>Takes out the pages that the dump says it has and hasn't; returns them.</summary>
    private PageSet? TakeMissing(PageSet present, ulong limit, CancellationToken cancellation)
    {
        const ulong Checked = 1 << 16;
        var missing = Frames(Credible(_dump.MissingRanges()), limit);
        foreach (var (first, end) in present.Clone().Runs())
        {
            for (var frame = first; frame < end; frame++)
            {
                if (frame % Checked == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    _options.Working?.Invoke();
                }
                if (_dump.StateOf(frame * (ulong)_dump.PageSize) == PageState.Present)
                    continue;
                present.Remove(frame);
                missing.Add(frame);
            }
        }
        if (missing.Count == 0)
            return null;
        _isMissingPages = true;
        _notes.Add($"{missing.Count} pages are missing from the input, which is incomplete; they are missing from the dump too");
        // Each has a place in the file. Where they are nearly all there is, that the dump is incomplete has to do.
        return missing.Count <= Math.Max(MostListed, present.Count * LeastPart) ? missing : null;
    }

    private Utsname FindUtsname()
    {
        if (_dump.Header.Utsname is { Release.Length: > 0 } known)
            return known;
        Utsname? name = null;
        if (_kernel is not null)
            Try(OptionalWork.None, "the machine's name could not be read", () => name = _kernel.System.Utsname);
        return name ?? new Utsname("Linux", "", _dump.VmcoreInfo?.Release ?? "", "", "", "");
    }

    private ulong FindPhysicalBase()
    {
        ulong? found = null;
        Try(OptionalWork.None, "where the kernel was loaded could not be found out",
            () => found = Architectures.Of(_dump.Header.Machine)?.PhysicalBaseOf(_dump, _kernel?.Info));
        return found ?? 0;
    }

    // Known for certain only once the kernel's symbols are.
    private ulong FindDirectMap()
    {
        ulong found = 0;
        if (_kernel is not null && Losses.Ignored.Try(() => _kernel.Symbols) is { IsIncomplete: false })
            Try(OptionalWork.None, "where the kernel maps memory could not be found out",
                () => found = _kernel.Memory.DirectMapBase);
        return found;
    }
}
