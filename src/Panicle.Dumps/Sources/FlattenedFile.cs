using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Panicle.Dumps.Sources;

/// <summary>
/// The file that a flattened stream stands for (makedumpfile -F, QEMU's kdump dumps): a 4096-byte header that starts
/// "makedumpfile" with big-endian type 1 and version 1, then records of big-endian 64-bit offset and size, each
/// followed by its data, ended by −1/−1 (makedumpfile's IMPLEMENTATION file). Nothing is rewritten: one pass over the
/// record headers makes an index, and reads go through it. Where records overlap, the later one counts, as it does when
/// the stream is rearranged in order.
/// </summary>
internal sealed class FlattenedFile : ByteSource
{
    private const int HeaderSize = 4096;
    private const int RecordHeaderSize = 16;

    /// <summary>Above any real file; keeps sums of offsets from overflowing.</summary>
    private const long OffsetLimit = 1L << 60;

    /// <summary>Most records that are indexed, at 24 bytes each: some 2 TB of makedumpfile's records, 130 GB of QEMU's.</summary>
    private const int MostRecords = 1 << 23;

    private readonly ByteSource _file;
    private readonly List<FlattenedRecord> _records;
    private int _lastHit;

    private FlattenedFile(ByteSource file, List<FlattenedRecord> records, bool truncated, string? problem)
    {
        _file = file;
        _records = records;
        IsTruncated = truncated;
        Problem = problem;
        Length = records.Count == 0 ? 0 : records[^1].End;
    }

    public override string Path => _file.Path;

    public override long Length { get; }

    public override bool IsTruncated { get; }

    public override string? LastError => _file.LastError;

    /// <summary>What is wrong with the stream, as a sentence for a person, or null.</summary>
    public string? Problem { get; }

    /// <summary>Whether a file's first bytes are the header of a flattened stream.</summary>
    public static bool IsFlattened(ReadOnlySpan<byte> start) => start.StartsWith("makedumpfile\0"u8);

    /// <summary>Indexes the records of a stream. Takes ownership of <paramref name="file"/>.</summary>
    public static FlattenedFile Open(ByteSource file)
    {
        var records = new List<FlattenedRecord>();
        var problem = Index(file, records, out var ordered);
        return new FlattenedFile(file, ordered ? records : FlattenedRecord.KeepLatest(records), problem is not null, problem);
    }

    public override int Read(long offset, Span<byte> buffer)
    {
        var done = 0;
        var records = CollectionsMarshal.AsSpan(_records);
        var index = FindRecord(records, offset);
        while (done < buffer.Length && offset + done < Length)
        {
            var at = offset + done;
            while (records[index].End <= at)
                index++;
            ref readonly var record = ref records[index];
            var rest = buffer[done..];
            if (at < record.Offset)
            {
                // Never written: zero in the rearranged file, and unknown where the stream stopped early.
                if (IsTruncated)
                    break;
                var gap = (int)Math.Min(rest.Length, record.Offset - at);
                rest[..gap].Clear();
                done += gap;
                continue;
            }
            var length = (int)Math.Min(rest.Length, record.End - at);
            var count = _file.Read(record.Position + (at - record.Offset), rest[..length]);
            done += count;
            if (count < length)
                break;
        }
        return done;
    }

    protected override void Dispose(bool disposing) => _file.Dispose();

    /// <summary>Walks the record headers; returns what is wrong with the stream, or null.</summary>
    private static string? Index(ByteSource file, List<FlattenedRecord> records, out bool ordered)
    {
        // Small records come several to one read; large ones cost a read of one window each.
        Span<byte> window = stackalloc byte[4096];
        long windowStart = 0;
        var windowSize = 0;
        long position = HeaderSize, end = 0;
        ordered = true;
        while (true)
        {
            if (position < windowStart || position + RecordHeaderSize > windowStart + windowSize)
            {
                windowStart = position;
                windowSize = file.Read(position, window);
                if (windowSize < RecordHeaderSize)
                    return $"the flattened file ends at offset 0x{file.Length:x} without its end mark: it was cut short";
            }
            var header = window[(int)(position - windowStart)..];
            var offset = BinaryPrimitives.ReadInt64BigEndian(header);
            var size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
            if (offset == -1 && size == -1)
                return null;
            if (offset < 0 || size < 0 || offset > OffsetLimit || size > OffsetLimit)
                return $"the flattened file's record at offset 0x{position:x} makes no sense (offset 0x{offset:x}, "
                    + $"size 0x{size:x}): what follows it is lost";
            var data = position + RecordHeaderSize;
            var kept = Math.Min(size, Math.Max(0, file.Length - data));
            if (kept > 0)
            {
                if (records.Count == MostRecords)
                    return $"the flattened file has more than {MostRecords} records: "
                        + $"what follows offset 0x{position:x} is left out; rearrange it first with makedumpfile -R";
                ordered &= offset >= end;
                records.Add(new FlattenedRecord(offset, kept, data));
                end = Math.Max(end, offset + kept);
            }
            if (kept < size)
                return $"the flattened file ends at offset 0x{file.Length:x} inside a record: it was cut short";
            position = data + size;
        }
    }

    /// <summary>The first record that ends after the offset; reads tend to stay near the last one.</summary>
    private int FindRecord(ReadOnlySpan<FlattenedRecord> records, long offset)
    {
        var hint = Volatile.Read(ref _lastHit);
        if (hint < records.Length && records[hint].Offset <= offset && offset < records[hint].End)
            return hint;
        int low = 0, high = records.Length;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if (records[middle].End <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        Volatile.Write(ref _lastHit, low);
        return low;
    }
}
