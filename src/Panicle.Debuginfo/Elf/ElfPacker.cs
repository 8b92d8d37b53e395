using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Compression;
using Panicle.Formats.Elf;
using Panicle.Formats.Streams;

namespace Panicle.Debuginfo.Elf;

/// <summary>
/// Writes an ELF file anew with what analysis needs: debug sections compressed each on its own (SHF_COMPRESSED with zstd, the ELF
/// specification's chapter "Section Compression"), relocations that the linker has applied already left out, pages of zeros as
/// holes. The result is an ELF file that gdb, binutils, elfutils and drgn read as it is.
/// </summary>
internal static class ElfPacker
{
    private const int RelocatableObject = 1; // ET_REL
    private const int CompressionHeaderBytes = 24; // Elf64_Chdr
    private const uint Zstd = 2; // ELFCOMPRESS_ZSTD
    private const int LeastSize = 512;
    private const int BlockBytes = 4096; // What file systems keep files in: a block of zeros becomes a hole.

    /// <summary>Packs a file into another; returns how many bytes that takes on the disk, holes left out.</summary>
    /// <exception cref="InvalidDataException">It is no ELF file that can be written anew.</exception>
    public static long Pack(SafeFileHandle input, FileStream output)
    {
        var layout = ElfLayout.Read(input);
        var sections = layout.Sections;
        var applied = layout.Type == RelocatableObject ? ApplyAll(input, layout) : [];
        var holes = CopyHead(input, layout.HeadEnd, output);
        for (var i = 1; i < sections.Length; i++)
        {
            ref var section = ref sections[i];
            if (!section.HasBytes || (long)section.Offset < layout.HeadEnd)
                continue;
            if (IsApplied(layout, section))
                section = new ElfSectionHeader { Name = section.Name, Alignment = 1 };
            else
                Place(input, layout, ref section, applied.GetValueOrDefault(i), output);
        }
        Align(output, 8);
        var table = output.Position;
        WriteTable(sections, output);
        output.SetLength(output.Position);
        BinaryPrimitives.WriteInt64LittleEndian(layout.Header.AsSpan(40), table);
        output.Position = 0;
        output.Write(layout.Header);
        return output.Length - holes;
    }

    // The linker kept them (--emit-relocs) for the kernel to move itself;
    // in a .ko they are what gives debug information its sense.
    private static bool IsApplied(ElfLayout layout, in ElfSectionHeader section) =>
        layout.Type != RelocatableObject && section.Type == ElfSectionHeader.Relocations && !section.IsAllocated;

    // What stands for a section whose bytes in the file are no longer right, by the section's number.
    private static Dictionary<int, byte[]> ApplyAll(SafeFileHandle input, ElfLayout layout)
    {
        var applied = new Dictionary<int, byte[]>();
        for (var i = 1; i < layout.Sections.Length; i++)
        {
            ref readonly var section = ref layout.Sections[i];
            var target = (int)Math.Min(section.Info, int.MaxValue);
            if (section.Type != ElfSectionHeader.Relocations || !section.HasBytes || applied.ContainsKey(target)
                || (long)section.Offset < layout.HeadEnd || DebugRelocations.Apply(input, layout, section) is not { } result
                || (long)layout.Sections[target].Offset < layout.HeadEnd)
                continue;
            applied[target] = result.Data;
            applied[i] = result.Relocations;
        }
        return applied;
    }

    private static void Place(
        SafeFileHandle input, ElfLayout layout, ref ElfSectionHeader section, byte[]? replacement, FileStream output)
    {
        using Stream bytes = replacement is not null
            ? new MemoryStream(replacement)
            : new FilePart(input, (long)section.Offset, (long)section.Size);
        var size = bytes.Length;
        var compress = size >= LeastSize
            && section is { Type: ElfSectionHeader.ProgramData, IsAllocated: false, IsCompressed: false }
            && layout.NameOf(section).StartsWith(".debug_", StringComparison.Ordinal);
        Align(output, compress ? 8 : (int)Math.Clamp(section.Alignment, 1, BlockBytes));
        section.Offset = (ulong)output.Position;
        section.Size = (ulong)size;
        if (!compress)
        {
            bytes.CopyTo(output);
            return;
        }
        var header = new byte[CompressionHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Zstd);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), section.Size);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), section.Alignment);
        output.Write(header);
        var length = ZstdFrames.Encode(bytes, output);
        section.Size = (ulong)(CompressionHeaderBytes + length);
        section.Flags |= ElfSectionHeader.Compressed;
        section.Alignment = 8;
    }

    private static long CopyHead(SafeFileHandle input, long length, FileStream output)
    {
        long holes = 0;
        using var head = new FilePart(input, 0, length);
        var pages = new byte[BlockBytes * 64];
        while (head.ReadAtLeast(pages, pages.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            for (var i = 0; i < count; i += BlockBytes)
            {
                var page = pages.AsSpan(i, Math.Min(BlockBytes, count - i));
                if (page.ContainsAnyExcept((byte)0))
                {
                    output.Write(page);
                    continue;
                }
                output.Position += page.Length;
                holes += page.Length;
            }
        }
        if (output.Length < output.Position)
            output.SetLength(output.Position);
        return holes;
    }

    private static void WriteTable(ElfSectionHeader[] sections, Stream output)
    {
        var bytes = new byte[ElfSectionHeader.Bytes];
        foreach (var section in sections)
        {
            section.Write(bytes);
            output.Write(bytes);
        }
    }

    private static void Align(Stream output, int alignment)
    {
        while (output.Position % alignment != 0)
            output.WriteByte(0);
    }
}
