using System.Text;
using Panicle.Dumps;

namespace Panicle.Kernel.Printk;

/// <summary>
/// The lockless ring of 5.10 and later (kernel/printk/printk_ringbuffer.h): a ring of descriptors, one of infos beside
/// it, and a ring of text blocks. Its offsets are in VMCOREINFO for dump tools, so it is readable without any types.
/// </summary>
internal sealed class PrintkRingBuffer
{
    private const int MostBits = 31;
    private const int StateBits = 2; // The top bits of a descriptor's state are no part of its ID.
    private const ulong NoData = 1; // lpos with bit 0 set: the record has no text block.

    private readonly KernelDump _kernel;
    private readonly VmcoreInfo _info;
    private readonly WordFormat _words;
    private readonly ulong _idMask;
    private readonly Losses _losses = new();

    private PrintkRingBuffer(KernelDump kernel)
    {
        _kernel = kernel;
        _info = kernel.Info;
        _words = kernel.Memory.Words;
        _idMask = (1UL << (_words.Bits - StateBits)) - 1;
    }

    public static KernelLog Read(KernelDump kernel) => new PrintkRingBuffer(kernel).Read();

    private KernelLog Read()
    {
        var ring = _kernel.Memory.ReadWord(_kernel.SymbolAddress("prb"), "prb");
        var header = _kernel.Memory.ReadBlock(ring, Size("printk_ringbuffer"), _kernel.Limits, "struct printk_ringbuffer");

        var descriptors = header.AsSpan(Offset("printk_ringbuffer", "desc_ring"));
        var countBits = _words.ReadUInt32(descriptors[Offset("prb_desc_ring", "count_bits")..]);
        var texts = header.AsSpan(Offset("printk_ringbuffer", "text_data_ring"));
        var sizeBits = _words.ReadUInt32(texts[Offset("prb_data_ring", "size_bits")..]);
        if (countBits is 0 or > MostBits || sizeBits is 0 or > MostBits)
            throw new KernelReadException(
                $"the log's ring at 0x{ring:x} is damaged: 2^{countBits} records, 2^{sizeBits} bytes of text");

        var head = Word(descriptors, Offset("prb_desc_ring", "head_id"));
        var tail = Word(descriptors, Offset("prb_desc_ring", "tail_id"));
        var count = 1UL << (int)countBits;
        var state = ReadArray(
            Word(descriptors, Offset("prb_desc_ring", "descs")), count * Size("prb_desc"), "the log's descriptors");
        var infos = ReadArray(
            Word(descriptors, Offset("prb_desc_ring", "infos")), count * Size("printk_info"), "the log's infos");
        var text = ReadArray(Word(texts, Offset("prb_data_ring", "data")), 1UL << (int)sizeBits, "the log's text");

        var records = new List<LogRecord>();
        // IDs run on without end (modulo 2^62, or 2^30 on 32-bit machines);
        // the ring holds those from tail to head, both included.
        for (var id = tail & _idMask; ; id = (id + 1) & _idMask)
        {
            if (ReadRecord(id, (int)(id & (count - 1)), state, infos, text) is { } record)
                records.Add(record);
            if (id == (head & _idMask) || ((id - tail) & _idMask) >= count)
                break;
        }
        return new KernelLog(records, _losses);
    }

    /// <summary>One of the ring's arrays, of which pages may be missing: those are zeros in it, which mean nothing.</summary>
    private sealed class RingArray(byte[] bytes)
    {
        private readonly List<(int Start, int End)> _lost = [];

        public byte[] Bytes => bytes;

        public bool Has(int start, int length) => !_lost.Exists(lost => start < lost.End && lost.Start < start + length);

        public void Lose(int start, int length)
        {
            bytes.AsSpan(start, length).Clear();
            _lost.Add((start, start + length));
        }
    }

    // A ring that misses some pages still gives the records in the others.
    private RingArray ReadArray(ulong address, ulong length, string what)
    {
        if (length > (ulong)_kernel.Limits.MaxBlock)
            throw new KernelReadException($"{what}: a length of {length} bytes is not plausible");
        var bytes = new byte[length];
        var array = new RingArray(bytes);
        if (_kernel.Memory.TryRead(address, bytes, out var first))
            return array;
        _losses.Add($"part of {what} is missing: {first}");
        for (var done = 0; done < bytes.Length;)
        {
            var take = Math.Min(
                bytes.Length - done, IMemory.SmallestPage - (int)((address + (ulong)done) % IMemory.SmallestPage));
            if (!_kernel.Memory.TryRead(address + (ulong)done, bytes.AsSpan(done, take), out _))
                array.Lose(done, take);
            done += take;
        }
        return array;
    }

    private LogRecord? ReadRecord(
        ulong id, int index, RingArray descriptors, RingArray infos, RingArray text)
    {
        var descriptor = descriptors.Bytes.AsSpan(index * (int)Size("prb_desc"), (int)Size("prb_desc"));
        var state = Word(descriptor, Offset("prb_desc", "state_var"));
        // The top two bits are the state: 1 committed, 2 finalized; anything else is not (or no longer) a record.
        if ((state & _idMask) != id || (state >> (_words.Bits - StateBits)) is not (1 or 2))
            return null;
        var (at, size) = (index * (int)Size("printk_info"), (int)Size("printk_info"));
        if (!infos.Has(at, size))
            return null;
        var info = infos.Bytes.AsSpan(at, size);
        var position = descriptor[Offset("prb_desc", "text_blk_lpos")..];
        var begin = Word(position, Offset("prb_data_blk_lpos", "begin"));
        var next = Word(position, Offset("prb_data_blk_lpos", "next"));
        var length = _words.ReadUInt16(info[Offset("printk_info", "text_len")..]);
        // facility and the flags:5/level:3 byte follow text_len; VMCOREINFO doesn't list them.
        var afterLength = Offset("printk_info", "text_len") + 2;
        return new LogRecord
        {
            Sequence = _words.ReadUInt64(info[Offset("printk_info", "seq")..]),
            Nanoseconds = _words.ReadUInt64(info[Offset("printk_info", "ts_nsec")..]),
            Facility = info[afterLength],
            Level = info[afterLength + 1] >> 5,
            Caller = _words.ReadUInt32(info[Offset("printk_info", "caller_id")..]),
            Text = TextOf(begin, next, length, text),
        };
    }

    private string TextOf(ulong begin, ulong next, int length, RingArray array)
    {
        if ((begin & NoData) != 0 || (next & NoData) != 0)
            return "";
        var ring = array.Bytes;
        var size = (ulong)ring.Length;
        var start = begin & (size - 1);
        // A block that would cross the ring's end lies at its start instead. One that ends exactly there does not cross
        // it: the kernel compares the last byte's lap since 6.18, and such blocks did not occur before.
        var wraps = begin / size != (next - 1) / size;
        if (wraps)
            start = 0;
        var end = (next & (size - 1)) == 0 ? size : next & (size - 1);
        // A block begins with the descriptor's ID, an unsigned long.
        if (end < start + (ulong)_words.Size)
            return "";
        var text = (int)start + _words.Size;
        length = Math.Min(length, (int)end - text);
        return array.Has(text, length) ? Encoding.UTF8.GetString(ring, text, length) : LogRecord.MissingText;
    }

    private ulong Size(string structure) => (ulong)(_info.SizeOf(structure) is { } size and > 0 and < 65536
        ? size
        : throw new KernelReadException($"VMCOREINFO has no SIZE({structure}), which reading the log needs"));

    private int Offset(string structure, string member) =>
        _info.OffsetOf($"{structure}.{member}") is { } offset and >= 0 && (ulong)offset < Size2(structure)
        ? (int)offset
        : throw new KernelReadException($"VMCOREINFO has no OFFSET({structure}.{member}), which reading the log needs");

    // Parts without a SIZE of their own lie within printk_ringbuffer or prb_desc, which bound them.
    private ulong Size2(string structure) => structure is "prb_data_ring" or "prb_data_blk_lpos" ? 64 : Size(structure);

    private ulong Word(ReadOnlySpan<byte> bytes, int offset) => _words.ReadWord(bytes[offset..]);
}
