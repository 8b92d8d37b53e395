using Panicle.Dumps.Sources;
using Panicle.Formats.Elf;

namespace Panicle.Dumps.Elf;

/// <summary>
/// An ELF core file of a kernel: /proc/vmcore or a copy of it, makedumpfile -E, QEMU's dump-guest-memory, virsh dump,
/// or the live /proc/kcore. Each PT_LOAD names a range of physical memory and where its bytes are.
/// <para>
/// A segment that is longer in memory than in the file (makedumpfile -E ends a segment that way before a long run of
/// pages that it leaves out) had its tail excluded. Zeros would be a guess: the run holds pages of zeros and pages that
/// the filter dropped alike. Shorter runs of excluded pages are written by makedumpfile as zeros,
/// which can't be told from real ones.
/// </para>
/// </summary>
internal sealed class ElfDump : PagedDump
{
    /// <summary>
    /// 4 GB. A sparse file that claims more and has less than a 256th of it isn't believed: what describes the memory (its struct
    /// pages) alone is a 64th.
    /// </summary>
    private const double MostUnproven = 1UL << 32;
    private const double LeastPart = 256;
    private const int MostRuns = 1 << 18;

    private readonly ByteSource _source;
    private bool _hasHoles;
    private readonly ElfSegment[] _stored;
    private readonly ElfSegment[] _excluded;
    private readonly List<string> _problems;

    private ElfDump(ByteSource source, ElfCore core, VmcoreInfo? info, int pageSize, int cacheBytes) : base(pageSize, cacheBytes)
    {
        _source = source;
        Paths = [source.Path];
        Notes = core.Notes;
        Segments = core.Loads;
        VmcoreInfo = info;
        _problems = core.Problems;
        if (source is FlattenedFile { Problem: { } problem })
            _problems.Add($"{source.Path}: {problem}");
        (_stored, _excluded) = WithoutHoles(MakeSegments(core.Loads));
        Limit = Math.Max(EndOf(_stored), EndOf(_excluded));
        Header = MakeHeader(core);
    }

    public override IReadOnlyList<string> Paths { get; }

    public override DumpHeader Header { get; }

    public override IReadOnlyList<ElfNote> Notes { get; }

    public override IReadOnlyList<ElfProgramHeader> Segments { get; }

    public override VmcoreInfo? VmcoreInfo { get; }

    public override IReadOnlyList<string> Problems => _problems;

    public override ulong Limit { get; }

    /// <summary>Opens an ELF core. Takes ownership of the source.</summary>
    public static ElfDump Open(ByteSource source, Limits limits)
    {
        var core = ElfCore.Read(source, limits);
        var info = VmcoreInfo.Find(core.Notes);
        if (info is null && core.Notes.Exists(static note => note.Name == "CORE" && (note.Type is 6 or 0x46494c45)))
            throw new DumpException($"{source.Path} is a core dump of a process, not of a kernel; use gdb for it.");
        if (core.Loads.Count == 0)
        {
            var why = core.Problems.Count > 0 ? core.Problems[0] : "it is not a usable dump";
            throw new DumpException(
                $"{source.Path} is an ELF core without memory in it (no PT_LOAD program header can be read); {why}.");
        }
        var pageSize = info?.Lines.GetValueOrDefault("PAGESIZE") is { } text && int.TryParse(text, out var size)
            && IsPageSize(size) ? size : IMemory.SmallestPage;
        var live = source is FileSource { IsLive: true };
        return new ElfDump(source, core, info, pageSize, live ? 0 : limits.PageCacheBytes);
    }

    public override IEnumerable<AddressRange> PresentRanges() => Ranges(Array.ConvertAll(_stored, segment =>
        HasAll(segment) ? segment : segment with { End = CutOf(segment) }));

    public override IEnumerable<AddressRange> MissingRanges() =>
        Ranges([.. _stored.Where(segment => !HasAll(segment)).Select(segment => segment with { Start = CutOf(segment) })]);

    public override IEnumerable<AddressRange> MachineRanges() => Ranges(ElfSegment.Disjoin([.. _stored, .. _excluded]));

    protected override bool IsDecoded => false;

    protected override PageResult StateOfPage(ulong page)
    {
        var (start, end) = Bounds(page);
        var index = ElfSegment.Find(_stored, start);
        if (index == _stored.Length || _stored[index].Start >= end)
            return Absent(start, end);
        var segment = _stored[index];
        var from = Math.Max(start, segment.Start);
        var length = (long)(Math.Min(end, segment.End) - from);
        return _source.Holds(segment.Offset + (long)(from - segment.Start), length)
            ? PageResult.Present
            : new PageResult(PageState.BeyondEnd);
    }

    /// <summary>Bytes of the page that no segment has (at the ragged edges of memory) are zero.</summary>
    protected override PageResult ReadPage(ulong page, Span<byte> buffer)
    {
        var (start, end) = Bounds(page);
        var index = ElfSegment.Find(_stored, start);
        if (index == _stored.Length || _stored[index].Start >= end)
            return Absent(start, end);
        if (_stored[index].Start > start || _stored[index].End < end)
            buffer.Clear();
        for (; index < _stored.Length && _stored[index].Start < end; index++)
        {
            var segment = _stored[index];
            var from = Math.Max(start, segment.Start);
            var length = (int)(Math.Min(end, segment.End) - from);
            var offset = segment.Offset + (long)(from - segment.Start);
            if (!_source.TryFill(offset, buffer.Slice((int)(from - start), length)))
                return Unreadable(offset, length);
        }
        return PageResult.Present;
    }

    protected override PageResult ReadPages(ulong first, Span<byte> buffer, out int good)
    {
        var (start, _) = Bounds(first);
        var index = ElfSegment.Find(_stored, start);
        good = 0;
        if (index < _stored.Length && _stored[index].Start <= start)
        {
            // All pages that lie within one segment come in one read.
            var segment = _stored[index];
            var length = (int)Math.Min((ulong)buffer.Length, (segment.End - start) & ~(ulong)(PageSize - 1));
            good = _source.Read(segment.Offset + (long)(start - segment.Start), buffer[..length]) / PageSize;
        }
        if (good * PageSize == buffer.Length)
            return PageResult.Present;
        var result = base.ReadPages(first + (ulong)good, buffer[(good * PageSize)..], out var more);
        good += more;
        return result;
    }

    internal override BorrowedBytes BorrowPages(ulong frame, int count)
    {
        var (start, length) = (Bounds(frame).Start, count * PageSize);
        var index = ElfSegment.Find(_stored, start);
        if (index == _stored.Length || _stored[index].Start > start || _stored[index].End - start < (ulong)length)
            return default;
        return _source.Borrow(_stored[index].Offset + (long)(start - _stored[index].Start), length);
    }

    protected override void Dispose(bool disposing) => _source.Dispose();

    /// <summary>Whole pages that segments touch, neighbours joined.</summary>
    private IEnumerable<AddressRange> Ranges(ElfSegment[] segments)
    {
        ulong start = 0, end = 0;
        foreach (var segment in segments)
        {
            if (segment.End <= segment.Start)
                continue;
            var from = segment.Start & ~(ulong)(PageSize - 1);
            var to = (segment.End + (ulong)(PageSize - 1)) & ~(ulong)(PageSize - 1);
            if (from > end || end == 0)
            {
                if (end > start)
                    yield return new AddressRange(start, end);
                start = from;
            }
            end = Math.Max(end, to);
        }
        if (end > start)
            yield return new AddressRange(start, end);
    }

    private bool HasAll(ElfSegment segment) => _source.Holds(segment.Offset, (long)(segment.End - segment.Start));

    /// <summary>The first address in a segment whose page the file doesn't have whole.</summary>
    private ulong CutOf(ElfSegment segment)
    {
        var end = segment.Start + (ulong)Math.Max(0, _source.Length - segment.Offset);
        return Math.Clamp(end & ~(ulong)(PageSize - 1), segment.Start, segment.End);
    }

    private static bool IsPageSize(int size) => size is >= IMemory.SmallestPage and <= 256 * 1024 && (size & (size - 1)) == 0;

    private static ulong EndOf(ElfSegment[] segments) => segments.Length == 0 ? 0 : segments[^1].End;

    private (ulong Start, ulong End) Bounds(ulong page)
    {
        var start = page * (ulong)PageSize;
        var end = start + (ulong)PageSize;
        return (start, end == 0 ? ulong.MaxValue : end);
    }

    private PageResult Absent(ulong start, ulong end)
    {
        var index = ElfSegment.Find(_excluded, start);
        return index < _excluded.Length && _excluded[index].Start < end
            ? new PageResult(PageState.Excluded, _hasHoles ? "or lies in a hole of the file" : Header.IsIncomplete
                ? "or was all zeros, which ELF dumps leave out too, or was never written: the dump is incomplete"
                : "or was all zeros, which ELF dumps leave out too")
            : new PageResult(PageState.Hole);
    }

    private PageResult Unreadable(long offset, int length)
    {
        if (_source.LastError is { } error && _source.Holds(offset, length))
            return new PageResult(PageState.Damaged, $"{error}, at offset 0x{offset:x} of {_source.Path}");
        return new PageResult(PageState.BeyondEnd, $"no data at offset 0x{offset:x} of {_source.Path}");
    }

    private (ElfSegment[] Stored, ElfSegment[] Excluded) MakeSegments(List<ElfProgramHeader> loads)
    {
        var stored = new List<ElfSegment>();
        var excluded = new List<ElfSegment>();
        foreach (var load in loads)
        {
            // /proc/kcore has no physical address for vmalloc and the like, and says −1.
            if (load.Physical == ulong.MaxValue)
                continue;
            var size = Math.Max(load.MemorySize, load.FileSize);
            if (load.Offset < 0 || load.Physical + size < load.Physical || load.FileSize > long.MaxValue - (ulong)load.Offset)
            {
                _problems.Add(
                    $"{_source.Path}: the segment at physical address 0x{load.Physical:x}, "
                        + $"size 0x{size:x} makes no sense and is left out");
                continue;
            }
            if (load.FileSize > 0)
                stored.Add(new ElfSegment(load.Physical, load.Physical + load.FileSize, load.Offset));
            if (load.MemorySize > load.FileSize)
                excluded.Add(new ElfSegment(load.Physical + load.FileSize, load.Physical + load.MemorySize, 0));
        }
        return (WithoutSharing(ElfSegment.Disjoin(stored)), ElfSegment.Disjoin(excluded));
    }

    /// <summary>
    /// Leaves out what claims bytes of the file that are another segment's: a small file could claim any amount of memory so.
    /// (That the kernel image is named twice is another matter: it is one range of memory.)
    /// </summary>
    private ElfSegment[] WithoutSharing(ElfSegment[] segments)
    {
        if (_source is FileSource { IsLive: true })
            return segments;
        var byOffset = segments.ToArray();
        Array.Sort(byOffset, static (a, b) => a.Offset.CompareTo(b.Offset));
        var shared = new HashSet<ElfSegment>();
        long end = 0;
        foreach (var segment in byOffset)
        {
            if (segment.Offset < end)
                shared.Add(segment);
            else
                end = segment.Offset + (long)(segment.End - segment.Start);
        }
        if (shared.Count > 0)
            _problems.Add(
                $"{_source.Path}: {shared.Count} segments name bytes of the file that are another's, and are left out; the first "
                    + $"one is at physical address 0x{segments.First(shared.Contains).Start:x}");
        return shared.Count == 0 ? segments : Array.FindAll(segments, segment => !shared.Contains(segment));
    }

    /// <summary>
    /// Takes out what lies in holes of the file, where there is next to nothing else: a few bytes could claim terabytes of zeros.
    /// </summary>
    private (ElfSegment[] Stored, ElfSegment[] Excluded) WithoutHoles((ElfSegment[] Stored, ElfSegment[] Excluded) all)
    {
        var claimed = all.Stored.Sum(segment => (double)(CutOf(segment) - segment.Start));
        if (claimed <= MostUnproven || DataOf(all.Stored, claimed / LeastPart) is not { } data)
            return all;
        var found = data.Sum(segment => (double)(CutOf(segment) - segment.Start));
        var holes = new List<ElfSegment>();
        var index = 0;
        foreach (var segment in all.Stored)
        {
            var at = segment.Start;
            for (; index < data.Count && data[index].Start < segment.End; index++)
            {
                if (data[index].Start > at)
                    holes.Add(new ElfSegment(at, data[index].Start, 0));
                at = data[index].End;
            }
            if (at < segment.End)
                holes.Add(new ElfSegment(at, segment.End, 0));
        }
        _problems.Add(
            $"{_source.Path} claims {claimed / (1 << 30):F0} GB of memory, and all but {found / (1 << 20):F0} MB of them are "
                + "holes in the file: their pages are taken as left out");
        _hasHoles = true;
        return ([.. data], ElfSegment.Disjoin([.. all.Excluded, .. holes]));
    }

    /// <summary>
    /// The parts of segments that aren't holes, in whole pages, and those that the file should have and hasn't; null if the
    /// former are more than that many bytes.
    /// </summary>
    private List<ElfSegment>? DataOf(ElfSegment[] segments, double most)
    {
        var data = new List<ElfSegment>();
        var mask = (ulong)PageSize - 1;
        foreach (var segment in segments)
        {
            var cut = CutOf(segment);
            var (offset, end) = (segment.Offset, segment.Offset + (long)(cut - segment.Start));
            while (offset < end && _source.NextData(offset) is { } run && run.Start < end)
            {
                var from = Math.Max(segment.Start, (segment.Start + (ulong)(run.Start - segment.Offset)) & ~mask);
                var to = Math.Min(
                    cut, (segment.Start + (ulong)(Math.Min(run.End, end) - segment.Offset) + mask) & ~mask);
                if (data.Count > 0 && data[^1].End > from)
                    from = data[^1].End;
                if (to > from)
                    data.Add(new ElfSegment(from, to, segment.Offset + (long)(from - segment.Start)));
                if ((most -= to - (double)from) < 0 || data.Count > MostRuns)
                    return null;
                offset = Math.Max(run.End, offset + 1);
            }
            if (cut < segment.End)
                data.Add(segment with { Start = cut, Offset = segment.Offset + (long)(cut - segment.Start) });
        }
        return data;
    }

    private DumpHeader MakeHeader(ElfCore core)
    {
        var live = _source is FileSource { IsLive: true };
        var qemu = core.Notes.Exists(static note => note.Name == "QEMU");
        var name = live ? $"live memory ({_source.Path})" : qemu ? "QEMU ELF" : "ELF vmcore";
        return new DumpHeader
        {
            Format = _source is FlattenedFile ? $"flattened {name}" : name,
            Machine = core.Machine,
            IsPartial = _excluded.Length > 0,
            IsIncomplete = (core.Flags & 1) != 0 | FindCut(),
            // The running kernel has one set of registers to show, whatever the number of CPUs.
            CpuCount = live ? null : CpuNotes.Count(core.Notes),
            IsLive = live,
        };
    }

    private bool FindCut()
    {
        if (_source.IsTruncated)
            return true;
        long expected = 0;
        foreach (var segment in _stored)
            expected = Math.Max(expected, segment.Offset + (long)(segment.End - segment.Start));
        if (_source.Length >= expected)
            return false;
        _problems.Add($"{_source.Path} was cut short: it has {_source.Length} bytes of {expected}");
        return true;
    }
}
