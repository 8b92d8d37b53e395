using Panicle.Formats.Elf;

namespace Panicle.Dumps.Writing;

/// <summary>
/// Writes an ELF core file (elf(5)): the notes, and a PT_LOAD for each run of pages. Where pages are left out a segment ends, and
/// its size in memory reaches to the next one (as makedumpfile -E does), so that readers can tell what is missing from what
/// never was; gaps are only filled where there would be more segments than a file can have. Pages of zeros take no room
/// where the file system has sparse files. Pages that the source should have and hasn't are a segment that lies past the end of
/// the file, as they are in one that was cut short.
/// </summary>
internal sealed class ElfFormatWriter : DumpFormatWriter
{
    private const int HeaderSize = ElfHeader.Bytes;
    private const int EntrySize = ElfProgramHeader.Bytes;

    /// <summary>Below the 65535 that the header's count would need a section header for.</summary>
    private const int MostSegments = 32 * 1024;

    private readonly DumpContent _content;
    private readonly IDumpOutput _output;
    private readonly byte[] _notes;
    private readonly byte[] _zeros;
    private readonly List<Segment> _segments;
    private readonly long _notesAt;
    private readonly long _end;

    public ElfFormatWriter(DumpContent content, IDumpOutput output)
    {
        _content = content;
        _output = output;
        _notes = ElfNotes.Write(content.Notes);
        _zeros = new byte[content.PageSize];
        _segments = MakeSegments(content);
        _notesAt = HeaderSize + (_segments.Count + 1L) * EntrySize;
        var at = RoundUp(_notesAt + _notes.Length);
        foreach (var isMissing in (bool[])[false, true])
        {
            for (var i = 0; i < _segments.Count; i++)
            {
                if (_segments[i].IsMissing != isMissing)
                    continue;
                _segments[i] = _segments[i] with { Offset = at };
                at += (long)(_segments[i].StoredEnd - _segments[i].First) * content.PageSize;
            }
            if (!isMissing)
                _end = at;
        }
        Parts = [(0, content.Dumped.Limit)];
    }

    public override IReadOnlyList<(ulong First, ulong End)> Parts { get; }

    public override uint PageFlags => 0;

    public override bool SharesPages => false;

    // What never came before the end of the file would be zeros.
    public override bool TakesAnyOrder => false;

    public override void Begin()
    {
        WriteHeader(incomplete: true);
        var table = new byte[(_segments.Count + 1) * EntrySize];
        new ElfProgramHeader(ElfProgramHeader.Note, 0, _notesAt, 0, 0, (ulong)_notes.Length, (ulong)_notes.Length).Write(table);
        var size = (ulong)_content.PageSize;
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            var physical = segment.First * size;
            new ElfProgramHeader(
                ElfProgramHeader.Load, ElfProgramHeader.AllAccess, segment.Offset,
                _content.DirectMap == 0 ? 0 : _content.DirectMap + physical, physical,
                (segment.StoredEnd - segment.First) * size, (segment.End - segment.First) * size)
                .Write(table.AsSpan((i + 1) * EntrySize));
        }
        _output.Write(HeaderSize, table);
        _output.Write(_notesAt, _notes);
    }

    public override long Place(PageBatch batch) => 0;

    public override void Write(PageBatch batch, long place)
    {
        for (var index = 0; index < batch.Count;)
        {
            var offset = OffsetOf(batch.Frames[index]);
            var run = 0;
            while (index + run < batch.Count && batch.Pages[index + run].Content == PageContent.Data
                && OffsetOf(batch.Frames[index + run]) == offset + (long)run * _content.PageSize)
                run++;
            if (run > 0)
                _output.Write(offset, batch.Data.AsSpan((int)batch.Pages[index].Offset, run * _content.PageSize));
            else if (!_output.IsSparse || offset + _content.PageSize == _end)
                _output.Write(offset, _zeros); // the last page gives the file its length
            index += Math.Max(run, 1);
        }
    }

    public override void Finish(bool lost) => WriteHeader(lost || _content.IsIncomplete);

    private long RoundUp(long bytes) => (bytes + _content.PageSize - 1) / _content.PageSize * _content.PageSize;

    private long OffsetOf(ulong frame)
    {
        int low = 0, high = _segments.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].First <= frame)
                low = middle;
            else
                high = middle - 1;
        }
        return _segments[low].Offset + (long)(frame - _segments[low].First) * _content.PageSize;
    }

    /// <summary>
    /// Runs of pages, joined over gaps of growing size until there are few enough; if that doesn't help, since missing pages keep
    /// them apart, those aren't told apart from pages that were left out.
    /// </summary>
    /// <exception cref="DumpException">The memory itself is in too many pieces, as a damaged dump may say.</exception>
    private static List<Segment> MakeSegments(DumpContent content)
    {
        for (ulong gap = 0; ; gap = gap * 2 + 1)
        {
            var hasGaps = gap < content.Ram.Limit;
            var segments = MakeSegments(content, hasGaps ? content.Missing : null, gap);
            if (segments.Count <= MostSegments)
                return segments;
            if (!hasGaps)
                throw new DumpException(
                    "the machine's memory lies in more ranges than an ELF file can list: save it as a kdump-compressed one");
        }
    }

    private static List<Segment> MakeSegments(DumpContent content, PageSet? missing, ulong gap)
    {
        var segments = new List<Segment>();
        foreach (var (start, end) in content.Ram.Runs())
        {
            var first = segments.Count;
            foreach (var (from, to, isMissing) in Runs(content.Dumped, missing, start, end))
            {
                if (segments.Count > first && segments[^1].IsMissing == isMissing && from - segments[^1].StoredEnd <= gap)
                    segments[^1] = segments[^1] with { StoredEnd = to, End = to };
                else
                    Add(segments, first, start, new Segment(from, to, to, isMissing));
            }
            if (segments.Count > first)
                segments[^1] = segments[^1] with { End = end };
            else
                segments.Add(new Segment(start, start, end, false)); // nothing of it is kept
            if (segments.Count > MostSegments)
                break;
        }
        return segments;
    }

    /// <summary>The runs of frames of both sets, which have none in common, ascending.</summary>
    private static IEnumerable<(ulong From, ulong To, bool IsMissing)> Runs(
        PageSet dumped, PageSet? missing, ulong start, ulong end)
    {
        var at = start;
        foreach (var (from, to) in dumped.Runs(start, end))
        {
            foreach (var (first, last) in missing?.Runs(at, from) ?? [])
                yield return (first, last, true);
            yield return (from, to, false);
            at = to;
        }
        foreach (var (first, last) in missing?.Runs(at, end) ?? [])
            yield return (first, last, true);
    }

    private static void Add(List<Segment> segments, int first, ulong start, Segment next)
    {
        if (segments.Count > first)
            segments[^1] = segments[^1] with { End = next.First };
        else if (next.First > start)
            segments.Add(new Segment(start, start, next.First, false));
        segments.Add(next);
    }

    private void WriteHeader(bool incomplete)
    {
        var header = new byte[HeaderSize];
        new ElfHeader
        {
            Type = ElfHeader.Core,
            Machine = _content.Machine,
            ProgramHeaders = HeaderSize,
            ProgramHeaderCount = (ushort)(_segments.Count + 1),
            Flags = incomplete ? 1u : 0, // makedumpfile's mark of an incomplete dump
        }.Write(header);
        _output.Write(0, header);
    }

    /// <summary>
    /// A PT_LOAD: frames from First are stored up to StoredEnd (or should be, and are missing), and left out up to End.
    /// </summary>
    private readonly record struct Segment(ulong First, ulong StoredEnd, ulong End, bool IsMissing, long Offset = 0);
}
