using System.Buffers.Binary;
using System.Text;

namespace Panicle.Symbols.Tests;

public class ModuleSymbolTests
{
    private const ulong Text = 0xffffffffc0400000;
    private const ulong Data = 0xffffffffc0500000;

    private static readonly (string Name, ulong Value, ushort Section, char Letter)[] Symbols =
    [
        ("", 0, 0, '?'),
        ("undefined", 0, 0, 'U'),
        ("second", Text + 0x40, 1, 't'),
        ("first", Text, 1, 'T'),
        (".LC0", Text + 0x20, 1, 't'),
        ("second_alias", Text + 0x40, 1, 'T'),
        ("$x", Text + 0x48, 1, 't'),
        ("variable", Data + 8, 2, 'd'),
    ];

    [Fact]
    public void Lookups_do_as_the_kernel_does()
    {
        var table = Table();

        Assert.True(table.TryLookup(Text + 0x3f, out var symbol));
        Assert.Equal(new Symbol("first", Text, 0x40, 'T', "crashme"), symbol);
        Assert.True(table.TryLookup(Text + 0x50, out symbol));
        Assert.Equal(new Symbol("second", Text + 0x40, 0x1000 - 0x40, 't', "crashme"), symbol);
        Assert.True(table.TryLookup(Data + 0x10, out symbol));
        Assert.Equal("variable", symbol.Name);
        Assert.False(table.TryLookup(Data, out _));
        Assert.False(table.TryLookup(Text - 1, out _));
        Assert.False(table.TryLookup(Text + 0x1000, out _));
    }

    [Fact]
    public void Names_are_found_and_marks_are_not_listed()
    {
        var table = Table();

        Assert.True(table.TryFind("second_alias", out var symbol));
        Assert.Equal(Text + 0x40, symbol.Address);
        Assert.False(table.TryFind("undefined", out _));
        Assert.False(table.TryFind("", out _));
        Assert.Equal(["first", "second", "second_alias", "variable"], table.All().Select(s => s.Name));
    }

    [Fact]
    public void Damaged_tables_never_throw()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var (symtab, strtab, letters) = Tables();
            for (var flips = random.Next(1, 20); flips > 0; flips--)
                symtab[random.Next(symtab.Length)] = (byte)random.Next(256);
            var table = new ModuleSymbolTable("damaged", symtab.AsMemory(0, random.Next(symtab.Length)), strtab, letters, Ranges);
            _ = table.All().Count();
            table.TryLookup(Text + (ulong)random.Next(0x1000), out _);
            table.TryFind("second", out _);
        }
    }

    private static AddressRange[] Ranges => [new(Text, Text + 0x1000), new(Data, Data + 0x1000)];

    private static ModuleSymbolTable Table()
    {
        var (symtab, strtab, letters) = Tables();
        return new ModuleSymbolTable("crashme", symtab, strtab, letters, Ranges);
    }

    private static (byte[] Symtab, byte[] Strtab, byte[] Letters) Tables()
    {
        var symtab = new byte[Symbols.Length * 24];
        var strtab = new List<byte>();
        var letters = new List<byte>();
        foreach (var (name, value, section, letter) in Symbols)
        {
            var entry = symtab.AsSpan(letters.Count * 24);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)strtab.Count);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], section);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], value);
            strtab.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
            letters.Add((byte)letter);
        }
        return (symtab, [.. strtab], [.. letters]);
    }
}
