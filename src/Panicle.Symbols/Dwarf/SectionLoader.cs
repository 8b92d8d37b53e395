using System.Buffers.Binary;
using Panicle.Formats.Compression;
using Panicle.Formats.Elf;
using Panicle.Formats.Streams;
using Panicle.Symbols.Elf;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Finds debug sections in an ELF file and brings their bytes into the form that readers want: as mapped where that is possible,
/// decompressed (SHF_COMPRESSED with zlib or zstd, or GNU's older <c>.zdebug_</c>), and relocated in an object file.
/// </summary>
internal sealed class SectionLoader(ElfFile elf, MappedFile file, ElfPlacement placement)
{
    private const int CompressionHeaderBytes = 24; // Elf64_Chdr
    private const int GnuHeaderBytes = 12; // "ZLIB", then the size in big-endian
    private const string SplitSuffix = ".dwo";
    private const uint CompressedZlib = 1;
    private const uint CompressedZstd = 2;

    // What a compressed section may grow to, so that a damaged size costs no memory. zlib can't do more than 1,032; large
    // sections are far from that.
    private const ulong MaxRatio = 2048;
    private const ulong MaxRatioOfLarge = 64;
    private const ulong Large = 32 << 20;

    /// <summary>The section of this name, such as <c>.debug_info</c>; one that doesn't exist if the file hasn't got it.</summary>
    public DwarfSection Find(string name)
    {
        if (name.EndsWith(SplitSuffix, StringComparison.Ordinal) && IndexesOf(name) is { Count: > 1 } several)
            return new(name, () => Join(name, several));
        if (IndexOf(name) is var plain and >= 0)
            return new(name, () => Load(name, plain));
        if (name.StartsWith(".debug", StringComparison.Ordinal) && IndexOf(".z" + name[1..]) is var gnu and >= 0)
            return new(name, () => Load(name, gnu));
        return new(name, null);
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < elf.Sections.Count; i++)
            if (elf.Sections[i].Name == name && elf.Sections[i].Type != ElfSectionHeader.NoBits)
                return i;
        return -1;
    }

    private List<int> IndexesOf(string name)
    {
        var found = new List<int>();
        for (var i = 0; i < elf.Sections.Count; i++)
            if (elf.Sections[i].Name == name && elf.Sections[i].Type != ElfSectionHeader.NoBits)
                found.Add(i);
        return found;
    }

    /// <summary>
    /// No linker joins the sections of a file with split units; each of its types that files share has one of its own.
    /// </summary>
    private DwarfSection.Bytes Join(string name, List<int> sections)
    {
        var parts = sections.ConvertAll(index => Load(name, index));
        if (parts.Sum(part => (long)part.Length) > int.MaxValue)
            throw new DwarfException(name, 0, "the sections have more than 2 GiB");
        var bytes = new byte[parts.Sum(part => part.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            part.Span.CopyTo(bytes.AsSpan(at));
            at += part.Length;
        }
        return DwarfSection.Bytes.Owned(bytes);
    }

    private DwarfSection.Bytes Load(string name, int index)
    {
        var section = elf.Sections[index];
        var stored = Stored(section);
        var isGnu = section.Name.StartsWith(".z", StringComparison.Ordinal);
        var isCompressed = isGnu || (section.Flags & ElfSectionHeader.Compressed) != 0;
        var relocations = elf.Type == ElfHeader.Relocatable ? IndexOf(".rela" + section.Name) : -1;
        if (!isCompressed && relocations < 0)
            return DwarfSection.Bytes.Mapped(stored);

        var bytes = !isCompressed ? stored.ToArray() : isGnu ? DecompressGnu(name, stored) : Decompress(name, stored);
        if (relocations >= 0)
            ElfRelocations.Apply(elf, placement, Stored(elf.Sections[relocations]), bytes, placement.AddressOf(index));
        return DwarfSection.Bytes.Owned(bytes);
    }

    private ReadOnlySpan<byte> Stored(in ElfSection section)
    {
        if (section.Size > int.MaxValue)
            throw new DwarfException(section.Name, 0, $"the section has {section.Size} bytes; Panicle reads up to 2 GiB");
        if (!file.Has(section.Offset, section.Size))
            throw new DwarfException(section.Name, 0, "the file ends before the section does");
        return file.Slice(section.Offset, section.Size);
    }

    private static byte[] Decompress(string name, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < CompressionHeaderBytes)
            throw new DwarfException(name, 0, "the compressed section is too short for its header");
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(stored);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(stored[8..]);
        var data = stored[CompressionHeaderBytes..];
        var bytes = Allocate(name, size, data.Length);
        if (kind == CompressedZstd && Zstd.Missing is { } missing)
            throw new DwarfException(name, 0, $"the section is compressed with zstd, and {missing}");
        var written = kind switch
        {
            CompressedZlib => ZlibDecoder.Decode(data, bytes),
            CompressedZstd => ZstdDecoder.Decode(data, bytes),
            _ => throw new DwarfException(name, 0, $"the section has the unknown compression {kind}"),
        };
        return Whole(name, bytes, written);
    }

    private static byte[] DecompressGnu(string name, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < GnuHeaderBytes || !stored.StartsWith("ZLIB"u8))
            throw new DwarfException(name, 0, "the compressed section doesn't begin with ZLIB");
        var data = stored[GnuHeaderBytes..];
        var bytes = Allocate(name, BinaryPrimitives.ReadUInt64BigEndian(stored[4..]), data.Length);
        return Whole(name, bytes, ZlibDecoder.Decode(data, bytes));
    }

    private static byte[] Allocate(string name, ulong size, int stored)
    {
        if (size > int.MaxValue || size > (ulong)stored * (size > Large ? MaxRatioOfLarge : MaxRatio))
            throw new DwarfException(name, 0, $"{stored} compressed bytes can't hold the {size} that the section claims");
        return GC.AllocateUninitializedArray<byte>((int)size);
    }

    private static byte[] Whole(string name, byte[] bytes, int written) => written == bytes.Length
        ? bytes
        : throw new DwarfException(name, 0, "the section's compressed data is damaged");
}
