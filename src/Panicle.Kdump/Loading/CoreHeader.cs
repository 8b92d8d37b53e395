using System.Buffers.Binary;
using System.Globalization;
using Panicle.Dumps;

namespace Panicle.Kdump.Loading;

/// <summary>
/// The ELF header through which a capture kernel sees the old one's memory (<c>elfcorehdr=</c>, Documentation/admin-guide/kdump/vmcoreinfo.rst): a note
/// for each CPU's registers, VMCOREINFO, and a segment for each piece of memory.
/// </summary>
internal static class CoreHeader
{
    private const int HeaderBytes = 64;
    private const int SegmentBytes = 56;
    private const uint Load = 1;
    private const uint Note = 4;
    private const uint AllAccess = 7;

    // Kernels have left it alone since 5.6 (arch/x86/kernel/setup.c), and it becomes the capture kernel's.
    private static readonly AddressRange FirstMegabyte = new(0, 1 << 20);

    /// <summary>Makes it.</summary>
    /// <param name="root">The running system.</param>
    /// <param name="pieces">Its memory.</param>
    /// <param name="except">The memory that isn't the old kernel's.</param>
    public static byte[] Make(SystemRoot root, IReadOnlyList<PhysicalPiece> pieces, IReadOnlyList<AddressRange> except)
    {
        var segments = new List<(uint Type, ulong Offset, ulong Virtual, ulong Physical, ulong Size)>();
        foreach (var cpu in root.DirectoriesIn("/sys/devices/system/cpu"))
        {
            if (ReadHex(root.ReadLine($"{cpu}/crash_notes")) is { } notes && root.ReadNumber($"{cpu}/crash_notes_size") is { } size)
                segments.Add((Note, notes, 0, notes, (ulong)size));
        }
        if (root.ReadLine("/sys/kernel/vmcoreinfo").Split(' ') is [var address, var length] && ReadHex(address) is { } info && ReadHex(length) is { } infoSize)
            segments.Add((Note, info, 0, info, infoSize));
        var directMap = DirectMap();
        foreach (var (code, text) in KernelText(root, pieces))
            segments.Add((Load, code.Start, text, code.Start, code.Length));
        foreach (var memory in pieces.Where(piece => piece.Name == "System RAM").SelectMany(piece => Without(piece.Range, [FirstMegabyte, .. except])))
            segments.Add((Load, memory.Start, directMap + memory.Start, memory.Start, memory.Length));
        return Write(segments);
    }

    private static byte[] Write(List<(uint Type, ulong Offset, ulong Virtual, ulong Physical, ulong Size)> segments)
    {
        var bytes = new byte[HeaderBytes + segments.Count * SegmentBytes];
        "\u007fELF"u8.CopyTo(bytes);
        bytes[4] = 2; // 64 bits
        bytes[5] = 1; // little-endian
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(16), 4); // ET_CORE
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), 62); // EM_X86_64
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(52), HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(54), SegmentBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(56), (ushort)segments.Count);
        for (var i = 0; i < segments.Count; i++)
        {
            var (type, offset, address, physical, size) = segments[i];
            var header = bytes.AsSpan(HeaderBytes + i * SegmentBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(header, type);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type == Load ? AllAccess : 0);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], physical);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], size);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], size);
        }
        return bytes;
    }

    private static IEnumerable<(AddressRange Code, ulong Text)> KernelText(SystemRoot root, IReadOnlyList<PhysicalPiece> pieces)
    {
        var code = pieces.FirstOrDefault(piece => piece.Name == "Kernel code").Range;
        var end = pieces.FirstOrDefault(piece => piece.Name == "Kernel bss").Range.End;
        var text = root.ReadLines("/proc/kallsyms").Select(line => line.Split(' ')).FirstOrDefault(words => words is [_, _, "_text" or "_stext"]);
        if (text is not null && ReadHex(text[0]) is > 0 and var address && code.Length > 0)
            yield return (new AddressRange(code.Start, Math.Max(code.End, end)), address);
    }

    // /proc/kcore is an ELF file whose segments of the direct map know their physical addresses; all lie at the same distance.
    private static ulong DirectMap()
    {
        const ulong Usual = 0xffff_8880_0000_0000;
        try
        {
            var header = new byte[HeaderBytes + 64 * SegmentBytes];
            using var kcore = File.OpenHandle("/proc/kcore");
            var length = RandomAccess.Read(kcore, header, 0);
            var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
            for (var i = 0; i < count && HeaderBytes + (i + 1) * SegmentBytes <= length; i++)
            {
                var segment = header.AsSpan(HeaderBytes + i * SegmentBytes);
                var (address, physical) = (BinaryPrimitives.ReadUInt64LittleEndian(segment[16..]), BinaryPrimitives.ReadUInt64LittleEndian(segment[24..]));
                if (BinaryPrimitives.ReadUInt32LittleEndian(segment) == Load && physical != ulong.MaxValue && physical != 0 && address < 0xffff_ffff_8000_0000)
                    return address - physical;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Panicle and others find out by themselves: VMCOREINFO is what counts.
        }
        return Usual;
    }

    internal static IEnumerable<AddressRange> Without(AddressRange range, IReadOnlyList<AddressRange> except)
    {
        var start = range.Start;
        foreach (var hole in except.Where(hole => hole.Start < range.End && hole.End > range.Start).OrderBy(hole => hole.Start))
        {
            if (hole.Start > start)
                yield return new AddressRange(start, hole.Start);
            start = Math.Max(start, hole.End);
        }
        if (start < range.End)
            yield return new AddressRange(start, range.End);
    }

    private static ulong? ReadHex(string text) =>
        ulong.TryParse(text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;
}
