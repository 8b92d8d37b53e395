using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Debuginfo.Elf;

/// <summary>
/// An ELF file's headers with everything that is needed to write the file anew: 64-bit, little-endian. Nothing in the file is trusted.
/// </summary>
internal sealed class ElfLayout
{
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int MostSections = 100_000;
    private const int MostSegments = 4096;
    private const int MostNames = 64 << 20;

    private readonly byte[] _names;

    private ElfLayout(byte[] header, SectionHeader[] sections, byte[] names, long headEnd) =>
        (Header, Sections, _names, HeadEnd) = (header, sections, names, headEnd);

    /// <summary>The <c>Elf64_Ehdr</c>.</summary>
    public byte[] Header { get; }

    /// <summary>ELF type: 1 an object file, 2 a program, 3 position-independent.</summary>
    public int Type => BinaryPrimitives.ReadUInt16LittleEndian(Header.AsSpan(16));

    /// <summary>ELF machine number: 62 x86-64, 183 AArch64.</summary>
    public int Machine => BinaryPrimitives.ReadUInt16LittleEndian(Header.AsSpan(18));

    /// <summary>The sections, the empty first one included: other headers refer to them by number.</summary>
    public SectionHeader[] Sections { get; }

    /// <summary>
    /// Where in the file the part ends that is loaded into memory, headers included. Program headers refer to it by offsets, so it is kept
    /// as it is.
    /// </summary>
    public long HeadEnd { get; }

    /// <summary>Reads a file's headers; throws <see cref="InvalidDataException"/> if they make no sense.</summary>
    public static ElfLayout Read(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var header = Block(file, 0, HeaderBytes, length);
        if (!header.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException("it is no 64-bit little-endian ELF file");
        var table = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40));
        var first = SectionHeader.Read(Block(file, table, SectionHeader.Bytes, length));
        // Counts that don't fit into 16 bits are in the first section.
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)) is > 0 and var small ? small : (long)Math.Min(first.Size, MostSections + 1);
        var names = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(62)) is var index and not 0xffff ? index : first.Link;
        if (count is 0 or > MostSections || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(58)) != SectionHeader.Bytes || names >= count)
            throw new InvalidDataException("its section table makes no sense");
        var bytes = Block(file, table, count * SectionHeader.Bytes, length);
        var sections = new SectionHeader[count];
        for (var i = 0; i < count; i++)
            sections[i] = SectionHeader.Read(bytes.AsSpan(i * SectionHeader.Bytes));
        foreach (var section in sections)
        {
            if (section.HasBytes && (section.Offset > (ulong)length || section.Size > (ulong)length - section.Offset))
                throw new InvalidDataException("it ends before its sections do");
        }
        var text = sections[names] is { HasBytes: true, Size: < MostNames } strings ? Block(file, (long)strings.Offset, (long)strings.Size, length) : [];
        return new ElfLayout(header, sections, text, EndOfHead(file, header, sections, length));
    }

    /// <summary>A section's name.</summary>
    public string NameOf(in SectionHeader section)
    {
        if (section.Name >= _names.Length)
            return "";
        var rest = _names.AsSpan((int)section.Name);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static long EndOfHead(SafeFileHandle file, byte[] header, SectionHeader[] sections, long length)
    {
        long end = HeaderBytes;
        foreach (var section in sections)
        {
            if (section.HasBytes && section.IsAllocated)
                end = Math.Max(end, (long)(section.Offset + section.Size));
        }
        var at = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        if (at <= 0 || count is 0 or > MostSegments || at > length - count * ProgramHeaderBytes)
            return end;
        return Math.Max(end, at + count * ProgramHeaderBytes);
    }

    private static byte[] Block(SafeFileHandle file, long offset, long size, long length)
    {
        if (offset < 0 || offset > length || size > length - offset)
            throw new InvalidDataException("it ends before its headers do");
        var block = new byte[size];
        return RandomAccess.Read(file, block, offset) == size ? block : throw new InvalidDataException("it ends before its headers do");
    }
}
