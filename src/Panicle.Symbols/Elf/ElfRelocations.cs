using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// Applies the relocations of an object file's section (<c>Elf64_Rela</c>) as a linker would that put every section where
/// <see cref="ElfPlacement"/> has it. Those that <see cref="ElfRelocationTable"/> doesn't know,
/// and those of damaged tables, are left out.
/// </summary>
internal static class ElfRelocations
{
    private const int EntryBytes = 24;

    /// <summary>Changes a section's bytes.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="placement">Where its sections are.</param>
    /// <param name="table">The bytes of the relocation section.</param>
    /// <param name="target">The bytes to change.</param>
    /// <param name="address">Where the changed section is.</param>
    public static void Apply(ElfFile elf, ElfPlacement placement, ReadOnlySpan<byte> table, Span<byte> target, ulong address)
    {
        var symbols = SymbolValues(elf, placement);
        foreach (ref readonly var entry in MemoryMarshal.Cast<byte, RelocationEntry>(
            table[..(table.Length / EntryBytes * EntryBytes)]))
        {
            if (entry.Offset >= (ulong)target.Length || entry.Symbol >= symbols.Length)
                continue;
            Write(ElfRelocationTable.KindOf(elf.Machine, entry.Type), target[(int)entry.Offset..],
                symbols[entry.Symbol] + entry.Addend, address + entry.Offset);
        }
    }

    /// <summary>The address of each symbol of the file's symbol table.</summary>
    private static ulong[] SymbolValues(ElfFile elf, ElfPlacement placement)
    {
        foreach (var section in elf.Sections)
        {
            if (section.Type != ElfSectionHeader.SymbolTable || elf.Read(section) is not { } bytes)
                continue;
            var values = new ulong[bytes.Length / ElfSymbol.Bytes];
            for (var i = 0; i < values.Length; i++)
            {
                var symbol = ElfSymbol.Read(bytes.AsSpan(i * ElfSymbol.Bytes));
                var isInSection = symbol.Section > 0 && symbol.Section <= elf.Sections.Count;
                values[i] = isInSection ? placement.AddressOf(symbol.Section - 1) + symbol.Value : symbol.Value;
            }
            return values;
        }
        return [];
    }

    private static void Write(ElfRelocationKind kind, Span<byte> place, ulong value, ulong address)
    {
        switch (kind)
        {
            case ElfRelocationKind.Set64 when place.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(place, value);
                break;
            case ElfRelocationKind.Add64 or ElfRelocationKind.Sub64 when place.Length >= 8:
                var old = BinaryPrimitives.ReadUInt64LittleEndian(place);
                BinaryPrimitives.WriteUInt64LittleEndian(place, kind == ElfRelocationKind.Add64 ? old + value : old - value);
                break;
            case ElfRelocationKind.Relative64 when place.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(place, value - address);
                break;
            case ElfRelocationKind.Set32 when place.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)value);
                break;
            case ElfRelocationKind.Add32 or ElfRelocationKind.Sub32 when place.Length >= 4:
                var word = BinaryPrimitives.ReadUInt32LittleEndian(place);
                BinaryPrimitives.WriteUInt32LittleEndian(
                    place, kind == ElfRelocationKind.Add32 ? word + (uint)value : word - (uint)value);
                break;
            case ElfRelocationKind.Relative32 when place.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)(value - address));
                break;
            default:
                WriteSmall(kind, place, value);
                break;
        }
    }

    /// <summary>RISC-V's linker moves code, so its assembler leaves even differences of small size to relocations.</summary>
    private static void WriteSmall(ElfRelocationKind kind, Span<byte> place, ulong value)
    {
        switch (kind)
        {
            case ElfRelocationKind.Set16 or ElfRelocationKind.Add16 or ElfRelocationKind.Sub16 when place.Length >= 2:
                var old = BinaryPrimitives.ReadUInt16LittleEndian(place);
                var word =
                    kind switch { ElfRelocationKind.Set16 => value, ElfRelocationKind.Add16 => old + value, _ => old - value };
                BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)word);
                break;
            case ElfRelocationKind.Set8 or ElfRelocationKind.Add8 or ElfRelocationKind.Sub8:
                place[0] = (byte)(kind switch
                {
                    ElfRelocationKind.Set8 => value,
                    ElfRelocationKind.Add8 => place[0] + value,
                    _ => place[0] - value
                });
                break;
            case ElfRelocationKind.Set6 or ElfRelocationKind.Sub6:
                var six = kind == ElfRelocationKind.Set6 ? value : (place[0] & 0x3fUL) - value;
                place[0] = (byte)((place[0] & 0xc0) | ((byte)six & 0x3f));
                break;
            case ElfRelocationKind.SetUleb or ElfRelocationKind.SubUleb:
                ChangeUleb(place, value, subtract: kind == ElfRelocationKind.SubUleb);
                break;
        }
    }

    /// <summary>Writes a LEB128 over one of the same length.</summary>
    private static void ChangeUleb(Span<byte> place, ulong value, bool subtract)
    {
        ulong old = 0;
        var length = 0;
        while (length < place.Length && length < 10)
        {
            old |= (ulong)(place[length] & 0x7f) << (7 * length);
            if (place[length++] < 0x80)
                break;
        }
        var changed = subtract ? old - value : value;
        for (var i = 0; i < length; i++, changed >>= 7)
            place[i] = (byte)((changed & 0x7f) | (i + 1 < length ? 0x80u : 0));
    }

    [StructLayout(LayoutKind.Sequential, Size = EntryBytes)]
    private readonly struct RelocationEntry
    {
        public readonly ulong Offset;
        public readonly uint Type;
        public readonly uint Symbol;
        public readonly ulong Addend;
    }
}
