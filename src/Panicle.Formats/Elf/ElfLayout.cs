using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Formats.Elf;

/// <summary>
/// An ELF file's headers with everything that is needed to write the file anew: 64-bit, little-endian.
/// Nothing in the file is trusted.
/// </summary>
public sealed class ElfLayout
{
    private const int MostSections = 100_000;
    private const int MostSegments = 4096;
    private const int MostNames = 64 << 20;

    private readonly byte[] _names;

    private readonly ElfHeader _header;

    private ElfLayout(byte[] bytes, in ElfHeader header, ElfSectionHeader[] sections, byte[] names, long headEnd) =>
        (Header, _header, Sections, _names, HeadEnd) = (bytes, header, sections, names, headEnd);

    /// <summary>The bytes of the file's <c>Elf64_Ehdr</c>, to be written anew.</summary>
    public byte[] Header { get; }

    /// <summary>ELF type: 1 an object file, 2 a program, 3 position-independent.</summary>
    public int Type => _header.Type;

    /// <summary>The machine; see <see cref="ElfMachine"/>.</summary>
    public int Machine => _header.Machine;

    /// <summary>The sections, the empty first one included: other headers refer to them by number.</summary>
    public ElfSectionHeader[] Sections { get; }

    /// <summary>
    /// Where in the file the part ends that is loaded into memory, headers included. Program headers refer to it by offsets, so
    /// it is kept as it is.
    /// </summary>
    public long HeadEnd { get; }

    /// <summary>Reads a file's headers; throws <see cref="InvalidDataException"/> if they make no sense.</summary>
    public static ElfLayout Read(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var head = Block(file, 0, ElfHeader.Bytes, length);
        if (!ElfHeader.TryRead(head, out var header) || !header.Is64Bit || header.IsBigEndian)
            throw new InvalidDataException("it is no 64-bit little-endian ELF file");
        var table = header.SectionHeaders;
        var first = ElfSectionHeader.Read(Block(file, table, ElfSectionHeader.Bytes, length));
        // Counts that don't fit into 16 bits are in the first section.
        var count = header.SectionHeaderCount > 0 ? header.SectionHeaderCount : (long)Math.Min(first.Size, MostSections + 1);
        var names = header.NameSection != ElfHeader.Elsewhere ? header.NameSection : first.Link;
        if (count is 0 or > MostSections || header.SectionHeaderBytes != ElfSectionHeader.Bytes || names >= count)
            throw new InvalidDataException("its section table makes no sense");
        var bytes = Block(file, table, count * ElfSectionHeader.Bytes, length);
        var sections = new ElfSectionHeader[count];
        for (var i = 0; i < count; i++)
            sections[i] = ElfSectionHeader.Read(bytes.AsSpan(i * ElfSectionHeader.Bytes));
        foreach (var section in sections)
        {
            if (section.HasBytes && (section.Offset > (ulong)length || section.Size > (ulong)length - section.Offset))
                throw new InvalidDataException("it ends before its sections do");
        }
        var text = sections[names] is { HasBytes: true, Size: < MostNames } strings
            ? Block(file, (long)strings.Offset, (long)strings.Size, length)
            : [];
        return new ElfLayout(head, header, sections, text, EndOfHead(header, sections, length));
    }

    /// <summary>A section's name out of the table of names; empty where that lacks it.</summary>
    public string NameOf(in ElfSectionHeader section)
    {
        if (section.Name >= _names.Length)
            return "";
        var rest = _names.AsSpan((int)section.Name);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static long EndOfHead(in ElfHeader header, ElfSectionHeader[] sections, long length)
    {
        long end = ElfHeader.Bytes;
        foreach (var section in sections)
        {
            if (section.HasBytes && section.IsAllocated)
                end = Math.Max(end, (long)(section.Offset + section.Size));
        }
        var (at, count) = (header.ProgramHeaders, header.ProgramHeaderCount);
        if (at <= 0 || count is 0 or > MostSegments || at > length - count * ElfProgramHeader.Bytes)
            return end;
        return Math.Max(end, at + count * ElfProgramHeader.Bytes);
    }

    private static byte[] Block(SafeFileHandle file, long offset, long size, long length)
    {
        if (offset < 0 || offset > length || size > length - offset)
            throw new InvalidDataException("it ends before its headers do");
        var block = new byte[size];
        return RandomAccess.Read(file, block, offset) == size
            ? block
            : throw new InvalidDataException("it ends before its headers do");
    }
}
