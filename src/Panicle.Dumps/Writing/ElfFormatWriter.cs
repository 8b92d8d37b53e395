using System.Buffers.Binary;

namespace Panicle.Dumps.Writing;

/// <summary>
/// Writes an ELF core file (elf(5)): the notes, and a PT_LOAD for each run of pages. Where pages are left out a segment ends, and
/// its size in memory reaches to the next one (as makedumpfile -E does), so that readers can tell what is missing from what
/// never was; gaps are only filled where there would be more segments than a file can have. Pages of zeros take no room
/// where the file system has sparse files.
/// </summary>
internal sealed class ElfFormatWriter : DumpFormatWriter
{
    private const int HeaderSize = 64;
    private const int EntrySize = 56;

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
        _notes = NoteBytes.Make(content.Notes, out _, out _);
        _zeros = new byte[content.PageSize];
        _segments = MakeSegments(content);
        _notesAt = HeaderSize + (_segments.Count + 1L) * EntrySize;
        var at = RoundUp(_notesAt + _notes.Length);
        for (var i = 0; i < _segments.Count; i++)
        {
            _segments[i] = _segments[i] with { Offset = at };
            at += (long)(_segments[i].StoredEnd - _segments[i].First) * content.PageSize;
        }
        _end = at;
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
        PutSegment(table, 4, _notesAt, 0, 0, (ulong)_notes.Length, (ulong)_notes.Length);
        var size = (ulong)_content.PageSize;
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            var physical = segment.First * size;
            PutSegment(table.AsSpan((i + 1) * EntrySize), 1, segment.Offset, _content.DirectMap == 0 ? 0 : _content.DirectMap + physical, physical,
                (segment.StoredEnd - segment.First) * size, (segment.End - segment.First) * size);
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

    public override void Finish(bool lost) => WriteHeader(incomplete: lost);

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

    /// <summary>Runs of pages, joined over gaps of growing size until there are few enough.</summary>
    private static List<Segment> MakeSegments(DumpContent content)
    {
        for (ulong gap = 0; ; gap = gap * 2 + 1)
        {
            var segments = MakeSegments(content, gap);
            if (segments.Count <= MostSegments)
                return segments;
        }
    }

    private static List<Segment> MakeSegments(DumpContent content, ulong gap)
    {
        var segments = new List<Segment>();
        foreach (var (start, end) in content.Ram.Runs())
        {
            var first = segments.Count;
            foreach (var (from, to) in content.Dumped.Runs(start, end))
            {
                if (segments.Count > first && from - segments[^1].StoredEnd <= gap)
                    segments[^1] = segments[^1] with { StoredEnd = to, End = to };
                else
                    Add(segments, first, start, from, to);
            }
            if (segments.Count > first)
                segments[^1] = segments[^1] with { End = end };
            else
                segments.Add(new Segment(start, start, end, 0)); // nothing of it is kept
            if (segments.Count > MostSegments)
                break;
        }
        return segments;
    }

    private static void Add(List<Segment> segments, int first, ulong start, ulong from, ulong to)
    {
        if (segments.Count > first)
            segments[^1] = segments[^1] with { End = from };
        else if (from > start)
            segments.Add(new Segment(start, start, from, 0));
        segments.Add(new Segment(from, to, to, 0));
    }

    private void WriteHeader(bool incomplete)
    {
        var header = new byte[HeaderSize];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header);
        Put(header, 16, 4, 2); // ET_CORE
        Put(header, 18, _content.Machine, 2);
        Put(header, 20, 1, 4);
        Put(header, 32, HeaderSize, 8); // e_phoff
        Put(header, 48, incomplete ? 1u : 0, 4); // e_flags: makedumpfile's mark of an incomplete dump
        Put(header, 52, HeaderSize, 2);
        Put(header, 54, EntrySize, 2);
        Put(header, 56, (ulong)_segments.Count + 1, 2);
        _output.Write(0, header);
    }

    private static void PutSegment(Span<byte> entry, uint type, long offset, ulong virtualAddress, ulong physical, ulong stored, ulong size)
    {
        Put(entry, 0, type, 4);
        Put(entry, 4, type == 1 ? 7u : 0, 4);
        Put(entry, 8, (ulong)offset, 8);
        Put(entry, 16, virtualAddress, 8);
        Put(entry, 24, physical, 8);
        Put(entry, 32, stored, 8);
        Put(entry, 40, size, 8);
    }

    private static void Put(Span<byte> bytes, int at, ulong value, int size)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(all, value);
        all[..size].CopyTo(bytes[at..]);
    }

    /// <summary>A PT_LOAD: frames from First are stored up to StoredEnd, and left out up to End.</summary>
    private readonly record struct Segment(ulong First, ulong StoredEnd, ulong End, long Offset);
}
