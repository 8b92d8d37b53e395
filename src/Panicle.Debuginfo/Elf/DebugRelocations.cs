using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Elf;

namespace Panicle.Debuginfo.Elf;

/// <summary>
/// In a module (<c>.ko</c>), references from one debug section into another are relocations like all others, and most of its
/// relocations: but where debug sections lie is known, at 0. Once such a relocation is applied, it needs no entry, and what is
/// left are those that say where the code and the data lie.
/// </summary>
internal static class DebugRelocations
{
    private const int EntryBytes = 24; // Elf64_Rela
    private const int SymbolBytes = 24; // Elf64_Sym
    private const ulong MostBytes = 256 << 20;

    /// <summary>A debug section and its relocations, as they are to be written.</summary>
    public readonly record struct Applied(byte[] Data, byte[] Relocations);

    /// <summary>Applies the relocations of a section; null if there is nothing to apply.</summary>
    /// <param name="input">The object file.</param>
    /// <param name="layout">Its headers.</param>
    /// <param name="relocations">The section with the relocations.</param>
    public static Applied? Apply(SafeFileHandle input, ElfLayout layout, in ElfSectionHeader relocations)
    {
        var sections = layout.Sections;
        if (relocations.Info >= sections.Length || relocations.Link >= sections.Length || relocations.EntrySize != EntryBytes)
            return null;
        var target = sections[relocations.Info];
        if (target.IsAllocated || target.IsCompressed || target.Type != ElfSectionHeader.ProgramData)
            return null;
        if (Read(input, target) is not { } data || Read(input, relocations) is not { } entries
            || Read(input, sections[relocations.Link]) is not { } symbols)
            return null;
        var kept = 0;
        for (var at = 0; at + EntryBytes <= entries.Length; at += EntryBytes)
        {
            if (TryApply(layout, entries.AsSpan(at, EntryBytes), symbols, sections, data))
                continue;
            entries.AsSpan(at, EntryBytes).CopyTo(entries.AsSpan(kept));
            kept += EntryBytes;
        }
        return new Applied(data, entries[..kept]);
    }

    private static bool TryApply(
        ElfLayout layout, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> symbols, ElfSectionHeader[] sections, Span<byte> data)
    {
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        var index = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
        var size = SizeOf(layout.Machine, BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
        if (size == 0 || offset > (ulong)data.Length || (ulong)size > (ulong)data.Length - offset
            || index >= (uint)(symbols.Length / SymbolBytes))
            return false;
        var symbol = symbols[((int)index * SymbolBytes)..];
        var section = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]);
        if (section == 0 || section >= sections.Length || sections[section].IsAllocated)
            return false;
        var value = BinaryPrimitives.ReadUInt64LittleEndian(symbol[8..]) + BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
        var place = data[(int)offset..];
        if (size == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(place, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)value);
        return true;
    }

    // Those that write an address as it is. Others stay.
    private static int SizeOf(int machine, uint type) => ElfRelocationTable.KindOf((ushort)machine, type) switch
    {
        ElfRelocationKind.Set64 => 8,
        ElfRelocationKind.Set32 => 4,
        _ => 0,
    };

    private static byte[]? Read(SafeFileHandle input, in ElfSectionHeader section)
    {
        if (!section.HasBytes || section.Size > MostBytes)
            return null;
        var bytes = new byte[section.Size];
        return RandomAccess.Read(input, bytes, (long)section.Offset) == bytes.Length ? bytes : null;
    }
}
