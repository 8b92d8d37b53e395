using System.Buffers.Binary;
using System.Text;
using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Kdump;

/// <summary>
/// The headers of a kdump-compressed file (makedumpfile's diskdump_mod.h: <c>struct disk_dump_header</c> and
/// <c>struct kdump_sub_header</c>, 64-bit little-endian). Values that make no sense are replaced by what the others
/// imply, and <see cref="Problems"/> says so.
/// </summary>
internal sealed class KdumpHeader
{
    /// <summary>The file is marked as unfinished.</summary>
    public const uint StatusIncomplete = 0x8;

    /// <summary>2^36 pages are 256 TB of memory, more than any machine; bounds what a damaged header can cost.</summary>
    private const ulong MostPages = 1UL << 36;

    private const int FieldSize = 65;

    /// <summary>Bytes needed of the first block; the sub-header's come after the block.</summary>
    private const int MainSize = 464;
    private const int SubSize = 104;

    private readonly List<string> _problems = [];

    private KdumpHeader()
    {
    }

    public int Version { get; private init; }

    public required Utsname Utsname { get; init; }

    public DateTime? WrittenAt { get; private init; }

    public uint Status { get; private init; }

    /// <summary>Page size in bytes; also the unit of the file's layout.</summary>
    public int BlockSize { get; private init; }

    public int CpuCount { get; private init; }

    /// <summary>Number of page frames that the bitmaps cover.</summary>
    public ulong Pages { get; private set; }

    /// <summary>File offset of the first bitmap (memory that the machine had).</summary>
    public long BitmapsAt { get; private set; }

    /// <summary>Bytes of each of the two bitmaps.</summary>
    public long BitmapBytes { get; private set; }

    /// <summary>File offset of the first page descriptor.</summary>
    public long DescriptorsAt => BitmapsAt + (2 * BitmapBytes);

    public ulong PhysicalBase { get; private set; }

    public int DumpLevel { get; private set; }

    /// <summary>Whether this is one file of a split set.</summary>
    public bool IsSplit { get; private set; }

    /// <summary>First page frame whose data this file has.</summary>
    public ulong FirstPage { get; private set; }

    /// <summary>One past the last page frame whose data this file has.</summary>
    public ulong EndPage { get; private set; }

    /// <summary>
    /// Where the VMCOREINFO text, the ELF notes and makedumpfile's list of erased data are; size 0 if they aren't.
    /// </summary>
    public (long Offset, long Size) VmcoreInfo { get; private set; }

    public (long Offset, long Size) Notes { get; private set; }

    public (long Offset, long Size) EraseInfo { get; private set; }

    /// <summary>What made no sense and was worked around.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public static bool IsKdump(ReadOnlySpan<byte> start) => start.StartsWith("KDUMP   "u8);

    /// <exception cref="DumpException">The file is too short to have them, or they are another architecture's.</exception>
    public static KdumpHeader Read(ByteSource source)
    {
        var bytes = new byte[MainSize];
        if (!source.TryFill(0, bytes))
            throw new DumpException(
                $"{source.Path} ends inside the kdump header (it has {source.Length} bytes); "
                    + "the dump was not written, or not copied, to the end.");
        var utsname = ReadUtsname(bytes);
        CheckArchitecture(source, bytes, utsname);
        var blockSize = Word(bytes, 428);
        var sane = IsPageSize(blockSize);
        var header = new KdumpHeader
        {
            Version = (int)Math.Min(Word(bytes, 8), 99),
            Utsname = utsname,
            WrittenAt = ReadTime(bytes),
            Status = Word(bytes, 424),
            BlockSize = sane ? (int)blockSize : IMemory.SmallestPage,
            CpuCount = (int)Math.Min(Word(bytes, 460), int.MaxValue),
        };
        if (!sane)
            header._problems.Add(
                $"{source.Path}: the header's block size {blockSize} makes no sense; taking {IMemory.SmallestPage}");
        var sub = new byte[SubSize];
        if (!source.TryFill(header.BlockSize, sub))
            throw new DumpException(
                $"{source.Path} ends inside the kdump sub-header (it has {source.Length} bytes); "
                    + "the dump was not written, or not copied, to the end.");
        header.ReadSubHeader(source, sub);
        header.ReadLayout(source, Word(bytes, 432), Word(bytes, 436), header.PagesByHeader(Word(bytes, 440), sub));
        return header;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static bool IsPageSize(uint size) => size is >= IMemory.SmallestPage and <= 256 * 1024 && (size & (size - 1)) == 0;

    private static Utsname ReadUtsname(ReadOnlySpan<byte> bytes)
    {
        var fields = new string[6];
        for (var i = 0; i < fields.Length; i++)
        {
            var field = bytes.Slice(12 + (i * FieldSize), FieldSize);
            var end = field.IndexOf((byte)0);
            fields[i] = Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
        }
        return new Utsname(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]);
    }

    private static DateTime? ReadTime(ReadOnlySpan<byte> bytes)
    {
        var seconds = Long(bytes, 408);
        var microseconds = Long(bytes, 416);
        // 2^33 seconds end in 2242: a time further off is a damaged one.
        if (seconds is 0 or >= 1UL << 33)
            return null;
        return DateTime.UnixEpoch.AddSeconds(seconds).AddMicroseconds(microseconds < 1_000_000 ? microseconds : 0);
    }

    /// <summary>
    /// Big-endian machines, and the two packings that 32-bit machines give the same header (time stamps of two 32-bit or
    /// of two 64-bit numbers, without padding before them), are recognised by where a page size stands.
    /// </summary>
    private static void CheckArchitecture(ByteSource source, ReadOnlySpan<byte> bytes, Utsname utsname)
    {
        if (IsPageSize(Word(bytes, 428)))
            return;
        var machine = utsname.Machine.Length > 0 ? $" ({utsname.Machine})" : "";
        if (IsPageSize(BinaryPrimitives.ReadUInt32BigEndian(bytes[428..])))
            throw new DumpException(
                $"{source.Path} is a kdump of a big-endian machine{machine}; "
                    + "Panicle reads dumps of little-endian 64-bit machines.");
        if (IsPageSize(Word(bytes, 416)) || IsPageSize(Word(bytes, 424)))
            throw new DumpException(
                $"{source.Path} is a kdump of a 32-bit machine{machine}; Panicle reads dumps of little-endian 64-bit machines.");
    }

    /// <summary>What version 6 says in 64 bits earlier ones say in 32, or in 64 bits further up.</summary>
    private ulong PagesByHeader(uint narrow, ReadOnlySpan<byte> sub)
    {
        var wide = Version >= 6 ? Long(sub, 96) : 0;
        return wide != 0 ? wide : narrow;
    }

    private void ReadSubHeader(ByteSource source, ReadOnlySpan<byte> sub)
    {
        PhysicalBase = Long(sub, 0);
        DumpLevel = Version >= 1 ? (int)Word(sub, 8) : 0;
        EndPage = ulong.MaxValue;
        if (Version >= 2 && Word(sub, 12) != 0)
        {
            IsSplit = true;
            FirstPage = Long(sub, Version >= 6 ? 80 : 16);
            EndPage = Long(sub, Version >= 6 ? 88 : 24);
        }
        if (Version >= 3)
            VmcoreInfo = Section(source, sub, 32, "VMCOREINFO");
        if (Version >= 4)
            Notes = Section(source, sub, 48, "notes");
        if (Version >= 5)
            EraseInfo = Section(source, sub, 64, "list of erased data");
    }

    private (long Offset, long Size) Section(ByteSource source, ReadOnlySpan<byte> sub, int at, string what)
    {
        var offset = (long)Long(sub, at);
        var size = (long)Long(sub, at + 8);
        if (size == 0 || offset == 0)
            return default;
        if (source.Holds(offset, size))
            return (offset, size);
        _problems.Add(
            $"{source.Path}: the header says that the {what} are at offset 0x{offset:x}, "
                + $"size 0x{size:x}, which lies outside the file");
        return default;
    }

    /// <summary>
    /// Settles where the bitmaps are. Three numbers say the same thing (blocks of bitmap, page frames, and the file's
    /// length as an upper bound), so that one damaged number can be replaced.
    /// </summary>
    private void ReadLayout(ByteSource source, uint subBlocks, uint bitmapBlocks, ulong pages)
    {
        if (subBlocks == 0 || !source.Holds((1L + subBlocks) * BlockSize, 0))
        {
            _problems.Add(
                $"{source.Path}: the header's sub-header size of {subBlocks} blocks makes no sense; taking what the notes need");
            subBlocks = (uint)BlocksFor(Math.Max(SubSize, Math.Max(EndOf(VmcoreInfo), EndOf(Notes)) - BlockSize));
        }
        BitmapsAt = (1L + subBlocks) * BlockSize;
        BitmapBytes = bitmapBlocks / 2 * (long)BlockSize;
        var bits = (ulong)BitmapBytes * 8;
        if (pages is 0 or > MostPages)
        {
            _problems.Add(
                $"{source.Path}: the header's page count {pages} makes no sense; "
                    + $"taking {Math.Min(bits, MostPages)} from the size of the bitmaps");
            pages = Math.Min(bits, MostPages);
        }
        else if (bits < pages || bits - pages > (ulong)BlockSize * 16)
        {
            var needed = BlocksFor((long)((pages + 7) / 8)) * BlockSize;
            if (bits < pages && source.Holds(BitmapsAt, 2 * BitmapBytes) && !source.Holds(BitmapsAt, 2 * needed) && bits > 0)
            {
                _problems.Add($"{source.Path}: the header's page count {pages} doesn't fit into the bitmaps; taking {bits}");
                pages = bits;
            }
            else
            {
                _problems.Add(
                    $"{source.Path}: the header's bitmap size of {bitmapBlocks} blocks doesn't fit {pages} pages; "
                        + $"taking {2 * needed / BlockSize}");
                BitmapBytes = needed;
            }
        }
        Pages = pages;
        EndPage = Math.Min(EndPage, Pages);
        FirstPage = Math.Min(FirstPage, EndPage);
    }

    private long BlocksFor(long bytes) => (bytes + BlockSize - 1) / BlockSize;

    private static long EndOf((long Offset, long Size) section) => section.Offset + section.Size;
}
