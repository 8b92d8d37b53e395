using System.Globalization;
using Panicle.Formats.Elf;

namespace Panicle.Kdump.Loading;

/// <summary>
/// The ELF header through which a capture kernel sees the old one's memory (<c>elfcorehdr=</c>,
/// Documentation/admin-guide/kdump/vmcoreinfo.rst): a note for each CPU's registers, VMCOREINFO,
/// and a segment for each piece of memory.
/// </summary>
internal static class CoreHeader
{
    private const int SegmentBytes = ElfProgramHeader.Bytes;

    private const int MostSegments = 64; // of /proc/kcore; those of the direct map come first
    private const ulong KernelImageBase = 0xffff_ffff_8000_0000;

    // Kernels have left it alone since 5.6 (arch/x86/kernel/setup.c), and it becomes the capture kernel's.
    private static readonly AddressRange FirstMegabyte = new(0, 1 << 20);

    /// <param name="root">The running system.</param>
    /// <param name="pieces">Its memory.</param>
    /// <param name="except">The memory that isn't the old kernel's.</param>
    public static byte[] Make(SystemRoot root, IReadOnlyList<PhysicalPiece> pieces, IReadOnlyList<AddressRange> except)
    {
        var segments = new List<ElfProgramHeader>();
        foreach (var cpu in root.DirectoriesIn("/sys/devices/system/cpu"))
        {
            if (ReadHex(root.ReadLine($"{cpu}/crash_notes")) is { } notes
                && root.ReadNumber($"{cpu}/crash_notes_size") is { } size)
                segments.Add(Notes(notes, (ulong)size));
        }
        if (root.ReadLine("/sys/kernel/vmcoreinfo").Split(' ') is [var address, var length] && ReadHex(address) is { } info
            && ReadHex(length) is { } infoSize)
            segments.Add(Notes(info, infoSize));
        var directMap = DirectMap();
        foreach (var (code, text) in KernelText(root, pieces))
            segments.Add(Memory(code, text));
        foreach (var memory in pieces.Where(piece => piece.Name == "System RAM")
            .SelectMany(piece => Without(piece.Range, [FirstMegabyte, .. except])))
            segments.Add(Memory(memory, directMap + memory.Start));
        return Write(segments);
    }

    private static ElfProgramHeader Notes(ulong physical, ulong size) =>
        new(ElfProgramHeader.Note, 0, (long)physical, 0, physical, size, size);

    private static ElfProgramHeader Memory(AddressRange physical, ulong address) => new(
        ElfProgramHeader.Load, ElfProgramHeader.AllAccess, (long)physical.Start, address, physical.Start, physical.Length,
        physical.Length);

    private static byte[] Write(List<ElfProgramHeader> segments)
    {
        var bytes = new byte[ElfHeader.Bytes + segments.Count * SegmentBytes];
        new ElfHeader
        {
            Type = ElfHeader.Core,
            Machine = ElfMachine.X86_64,
            ProgramHeaders = ElfHeader.Bytes,
            ProgramHeaderCount = (ushort)segments.Count,
        }.Write(bytes);
        for (var i = 0; i < segments.Count; i++)
            segments[i].Write(bytes.AsSpan(ElfHeader.Bytes + i * SegmentBytes));
        return bytes;
    }

    private static IEnumerable<(AddressRange Code, ulong Text)> KernelText(SystemRoot root, IReadOnlyList<PhysicalPiece> pieces)
    {
        var code = pieces.FirstOrDefault(piece => piece.Name == "Kernel code").Range;
        var end = pieces.FirstOrDefault(piece => piece.Name == "Kernel bss").Range.End;
        var text = root.ReadLines("/proc/kallsyms").Select(line => line.Split(' '))
            .FirstOrDefault(words => words is [_, _, "_text" or "_stext"]);
        if (text is not null && ReadHex(text[0]) is > 0 and var address && code.Length > 0)
            yield return (new AddressRange(code.Start, Math.Max(code.End, end)), address);
    }

    // /proc/kcore is an ELF file whose segments of the direct map know their physical addresses; all lie at the same distance.
    private static ulong DirectMap()
    {
        const ulong Usual = 0xffff_8880_0000_0000;
        try
        {
            var bytes = new byte[ElfHeader.Bytes + MostSegments * SegmentBytes];
            using var kcore = File.OpenHandle("/proc/kcore");
            var length = RandomAccess.Read(kcore, bytes, 0);
            _ = ElfHeader.TryRead(bytes.AsSpan(0, length), out var header);
            for (var i = 0; i < header.ProgramHeaderCount && ElfHeader.Bytes + (i + 1) * SegmentBytes <= length; i++)
            {
                var segment = ElfProgramHeader.Read(bytes.AsSpan(ElfHeader.Bytes + i * SegmentBytes));
                if (segment is { Type: ElfProgramHeader.Load, Physical: not (0 or ulong.MaxValue), Virtual: < KernelImageBase })
                    return segment.Virtual - segment.Physical;
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

    private static ulong? ReadHex(string text)
    {
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
