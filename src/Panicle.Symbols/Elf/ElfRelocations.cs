using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// Applies the relocations of an object file's section (<c>Elf64_Rela</c>) as a linker would that put every section where
/// <see cref="ElfPlacement"/> has it. It knows the kinds that occur in debug information of x86-64, AArch64 and RISC-V; others,
/// and those of damaged tables, are left out.
/// </summary>
internal static class ElfRelocations
{
    private const int EntryBytes = 24;
    private const ushort X86 = 62;
    private const ushort Arm64 = 183;
    private const ushort RiscV = 243;

    /// <summary>What is done with the place: add to what is there or replace it, and how many bytes.</summary>
    private enum Kind { None, Set64, Set32, Set16, Set8, Add64, Add32, Add16, Add8, Sub64, Sub32, Sub16, Sub8, Set6, Sub6, SetUleb, SubUleb, Relative64, Relative32 }

    /// <summary>Changes a section's bytes.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="placement">Where its sections are.</param>
    /// <param name="table">The bytes of the relocation section.</param>
    /// <param name="target">The bytes to change.</param>
    /// <param name="address">Where the changed section is.</param>
    public static void Apply(ElfFile elf, ElfPlacement placement, ReadOnlySpan<byte> table, Span<byte> target, ulong address)
    {
        var symbols = SymbolValues(elf, placement);
        foreach (ref readonly var entry in MemoryMarshal.Cast<byte, Entry>(table[..(table.Length / EntryBytes * EntryBytes)]))
        {
            if (entry.Offset >= (ulong)target.Length || entry.Symbol >= symbols.Length)
                continue;
            Write(KindOf(elf.Machine, entry.Type), target[(int)entry.Offset..], symbols[entry.Symbol] + entry.Addend, address + entry.Offset);
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

    private static Kind KindOf(ushort machine, uint type) => machine switch
    {
        X86 => type switch { 1 => Kind.Set64, 2 => Kind.Relative32, 10 or 11 => Kind.Set32, 24 => Kind.Relative64, _ => Kind.None },
        Arm64 => type switch { 257 => Kind.Set64, 258 => Kind.Set32, 260 => Kind.Relative64, 261 => Kind.Relative32, _ => Kind.None },
        RiscV => type switch
        {
            1 => Kind.Set32,
            2 => Kind.Set64,
            33 => Kind.Add8,
            34 => Kind.Add16,
            35 => Kind.Add32,
            36 => Kind.Add64,
            37 => Kind.Sub8,
            38 => Kind.Sub16,
            39 => Kind.Sub32,
            40 => Kind.Sub64,
            52 => Kind.Sub6,
            53 => Kind.Set6,
            54 => Kind.Set8,
            55 => Kind.Set16,
            56 => Kind.Set32,
            57 => Kind.Relative32,
            60 => Kind.SetUleb,
            61 => Kind.SubUleb,
            _ => Kind.None,
        },
        _ => Kind.None,
    };

    private static void Write(Kind kind, Span<byte> place, ulong value, ulong address)
    {
        switch (kind)
        {
            case Kind.Set64 when place.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(place, value);
                break;
            case Kind.Add64 or Kind.Sub64 when place.Length >= 8:
                var old = BinaryPrimitives.ReadUInt64LittleEndian(place);
                BinaryPrimitives.WriteUInt64LittleEndian(place, kind == Kind.Add64 ? old + value : old - value);
                break;
            case Kind.Relative64 when place.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(place, value - address);
                break;
            case Kind.Set32 when place.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)value);
                break;
            case Kind.Add32 or Kind.Sub32 when place.Length >= 4:
                var word = BinaryPrimitives.ReadUInt32LittleEndian(place);
                BinaryPrimitives.WriteUInt32LittleEndian(place, kind == Kind.Add32 ? word + (uint)value : word - (uint)value);
                break;
            case Kind.Relative32 when place.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)(value - address));
                break;
            default:
                WriteSmall(kind, place, value);
                break;
        }
    }

    /// <summary>RISC-V's linker moves code, so its assembler leaves even differences of small size to relocations.</summary>
    private static void WriteSmall(Kind kind, Span<byte> place, ulong value)
    {
        switch (kind)
        {
            case Kind.Set16 or Kind.Add16 or Kind.Sub16 when place.Length >= 2:
                var old = BinaryPrimitives.ReadUInt16LittleEndian(place);
                var word = kind switch { Kind.Set16 => value, Kind.Add16 => old + value, _ => old - value };
                BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)word);
                break;
            case Kind.Set8 or Kind.Add8 or Kind.Sub8:
                place[0] = (byte)(kind switch { Kind.Set8 => value, Kind.Add8 => place[0] + value, _ => place[0] - value });
                break;
            case Kind.Set6 or Kind.Sub6:
                var six = kind == Kind.Set6 ? value : (place[0] & 0x3fUL) - value;
                place[0] = (byte)((place[0] & 0xc0) | ((byte)six & 0x3f));
                break;
            case Kind.SetUleb or Kind.SubUleb:
                ChangeUleb(place, value, subtract: kind == Kind.SubUleb);
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
    private readonly struct Entry
    {
        public readonly ulong Offset;
        public readonly uint Type;
        public readonly uint Symbol;
        public readonly ulong Addend;
    }
}
