using System.Buffers.Binary;
using System.Text;
using Panicle.Dumps.Kdump;
using Panicle.Formats.Elf;

namespace Panicle.Dumps.Writing;

/// <summary>
/// Writes one kdump-compressed file, version 6 (makedumpfile's diskdump_mod.h): header, sub-header with notes, both bitmaps,
/// a descriptor for each page, a page of zeros that all zero pages share, the pages. Until it is finished its header
/// says that it is incomplete, and a page's descriptor is written after the page itself,
/// so that a file cut off at any point opens.
/// </summary>
internal sealed class KdumpFileWriter
{
    private const int Version = 6;
    private const int MainSize = 464;
    private const int SubSize = 104;
    private const int FieldSize = 65;

    private readonly IDumpOutput _output;
    private readonly DumpContent _content;
    private readonly PageSet _listed;
    private readonly DumpCompression _compression;
    private readonly ulong _first;
    private readonly ulong _end;
    private readonly bool _isSplit;
    private readonly byte[] _notes;
    private readonly byte[] _eraseInfo;
    private readonly int _infoAt;
    private readonly int _infoSize;
    private readonly long _bitmapsAt;
    private readonly long _bitmapBytes;
    private readonly long _descriptorsAt;
    private readonly long _zeroAt;
    private long _next;

    public KdumpFileWriter(
        IDumpOutput output, DumpContent content, PageSet listed, DumpCompression compression, ulong first, ulong end,
        bool isSplit)
    {
        _listed = listed;
        (_output, _content, _compression) = (output, content, compression);
        (_first, _end, _isSplit) = (first, end, isSplit);
        _notes = ElfNotes.Write(content.Notes, out var places);
        var info = content.Notes.TakeWhile(note => note.Name != VmcoreInfo.NoteName).Count();
        if (info < content.Notes.Count)
            (_infoAt, _infoSize) = (places[info], content.Notes[info].Descriptor.Length);
        _eraseInfo = Encoding.UTF8.GetBytes(content.EraseInfo);
        _bitmapsAt = RoundUp(BlockSize + SubSize + _notes.Length + _eraseInfo.Length);
        _bitmapBytes = RoundUp((long)((content.Ram.Limit + 7) / 8));
        _descriptorsAt = _bitmapsAt + 2 * _bitmapBytes;
        _zeroAt = _descriptorsAt + (long)listed.CountBetween(first, end) * KdumpPageDescriptor.Bytes;
        _next = _zeroAt + BlockSize;
    }

    private int BlockSize => _content.PageSize;

    /// <summary>Writes all that comes before the pages.</summary>
    public void Begin()
    {
        _output.Reserve(_next);
        WriteHeader(KdumpHeader.StatusIncomplete);
        _output.Write(BlockSize, SubHeader());
        _output.Write(BlockSize + SubSize, _notes);
        _output.Write(BlockSize + SubSize + _notes.Length, _eraseInfo);
        WriteBitmap(_bitmapsAt, _content.Ram);
        WriteBitmap(_bitmapsAt + _bitmapBytes, _listed);
        _output.Write(_zeroAt, new byte[BlockSize]);
    }

    /// <summary>Takes the next bytes of the file for page data; returns their offset.</summary>
    public long Place(int length)
    {
        var place = _next;
        _next += length;
        return place;
    }

    /// <summary>Writes a batch's data, and then its descriptors.</summary>
    public void Write(PageBatch batch, long place)
    {
        _output.Write(place, batch.Data.AsSpan(0, batch.Length));
        Span<byte> descriptors = stackalloc byte[PageBatch.MostPages * KdumpPageDescriptor.Bytes];
        descriptors = descriptors[..(batch.Count * KdumpPageDescriptor.Bytes)];
        descriptors.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var (content, offset, size, flags) = batch.Pages[i];
            if (content == PageContent.Lost)
                continue; // A descriptor of zeros is what a page has that never came.
            var descriptor = content switch
            {
                PageContent.Zero => new KdumpPageDescriptor(_zeroAt, (uint)BlockSize, 0),
                PageContent.Same => new KdumpPageDescriptor(offset, (uint)size, flags),
                _ => new KdumpPageDescriptor(place + offset, (uint)size, flags),
            };
            descriptor.Write(descriptors[(i * KdumpPageDescriptor.Bytes)..]);
        }
        for (var (start, end) = (0, 1); start < batch.Count; start = end++)
        {
            while (end < batch.Count && batch.Indexes[end] == batch.Indexes[end - 1] + 1)
                end++;
            var row = descriptors[(start * KdumpPageDescriptor.Bytes)..(end * KdumpPageDescriptor.Bytes)];
            _output.Write(_descriptorsAt + batch.Indexes[start] * KdumpPageDescriptor.Bytes, row);
        }
    }

    /// <summary>Says in the header that the dump is whole, unless pages were lost.</summary>
    public void Finish(bool lost) => WriteHeader(lost ? KdumpHeader.StatusIncomplete : 0);

    private long RoundUp(long bytes) => (bytes + BlockSize - 1) / BlockSize * BlockSize;

    private void WriteHeader(uint status)
    {
        var header = new byte[MainSize];
        "KDUMP   "u8.CopyTo(header);
        Put(header, 8, Version);
        var names = _content.Utsname;
        string[] fields = [names.System, names.Node, names.Release, names.Version, names.Machine, names.Domain];
        for (var i = 0; i < fields.Length; i++)
            PutText(header.AsSpan(12 + (i * FieldSize), FieldSize - 1), fields[i]);
        var written = _content.WrittenAt - DateTime.UnixEpoch;
        PutLong(header, 408, (ulong)Math.Max(0, written.Ticks / TimeSpan.TicksPerSecond));
        PutLong(header, 416, (ulong)Math.Max(0, written.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        Put(header, 424, status | (uint)_compression);
        Put(header, 428, (uint)BlockSize);
        Put(header, 432, (uint)((_bitmapsAt - BlockSize) / BlockSize));
        Put(header, 436, (uint)(2 * _bitmapBytes / BlockSize));
        Put(header, 440, (uint)Math.Min(_content.Ram.Limit, uint.MaxValue));
        Put(header, 460, (uint)_content.CpuCount);
        _output.Write(0, header);
    }

    private byte[] SubHeader()
    {
        var header = new byte[SubSize];
        PutLong(header, 0, _content.PhysicalBase);
        Put(header, 8, (uint)_content.FilterLevel);
        if (_isSplit)
        {
            Put(header, 12, 1);
            PutLong(header, 16, _first);
            PutLong(header, 24, _end);
            PutLong(header, 80, _first);
            PutLong(header, 88, _end);
        }
        var notesAt = BlockSize + SubSize;
        PutSection(header, 32, notesAt + _infoAt, _infoSize);
        PutSection(header, 48, notesAt, _notes.Length);
        PutSection(header, 64, notesAt + _notes.Length, _eraseInfo.Length);
        PutLong(header, 96, _content.Ram.Limit);
        return header;
    }

    private void WriteBitmap(long offset, PageSet pages)
    {
        const int Blocks = 64;
        var buffer = new byte[Blocks * PageSet.BlockBytes];
        for (long done = 0; done < _bitmapBytes; done += buffer.Length)
        {
            var wanted = (int)Math.Min(buffer.Length, _bitmapBytes - done);
            for (var at = 0; at < wanted; at += PageSet.BlockBytes)
                pages.CopyBlock((int)((done + at) / PageSet.BlockBytes), buffer.AsSpan(at, PageSet.BlockBytes));
            _output.Write(offset + done, buffer.AsSpan(0, wanted));
        }
    }

    private static void PutSection(byte[] header, int at, int offset, int size)
    {
        if (size == 0)
            return;
        PutLong(header, at, (ulong)offset);
        PutLong(header, at + 8, (ulong)size);
    }

    private static void PutText(Span<byte> field, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length)).CopyTo(field);
    }

    private static void Put(byte[] bytes, int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    private static void PutLong(byte[] bytes, int at, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
}
