using Panicle.Symbols.Kallsyms;

namespace Panicle.Symbols.Tests;

public class KallsymsTableTests
{
    public static TheoryData<int, bool> Styles()
    {
        var data = new TheoryData<int, bool>();
        foreach (var style in Enum.GetValues<KallsymsStyle>())
        {
            data.Add((int)style, true);
            data.Add((int)style, false);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Every_symbol_comes_out_as_it_went_in(int style, bool withInfo)
    {
        var image = Image((KallsymsStyle)style);
        var table = Open(image, withInfo);

        Assert.Equal(image.Symbols, table.All().Select(s => (s.Address, s.Type, s.Name)));
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Names_are_found(int style, bool withInfo)
    {
        var image = Image((KallsymsStyle)style);
        var table = Open(image, withInfo);

        foreach (
            var (address, _, name) in image.Symbols.Where((s, i) => i % 97 == 0 || s.Name.Length > 128 || s.Name == "init_task"))
        {
            Assert.True(table.TryFind(name, out var symbol), name);
            Assert.Equal((name, address), (symbol.Name, symbol.Address));
        }
        Assert.False(table.TryFind("no_such_symbol", out _));
        Assert.False(table.TryFind("function_7_", out _));
        Assert.False(table.TryFind("", out _));
        Assert.Equal([0x80040UL, 0x800c0UL], table.FindAll("cleanup").Select(s => s.Address - KallsymsImage.Base));
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void An_address_gives_the_first_name_in_table_order_and_the_distance_to_the_next_address(int style, bool withInfo)
    {
        var table = Open(Image((KallsymsStyle)style), withInfo);

        Assert.True(table.TryLookup(KallsymsImage.Base + 0x80000, out var symbol));
        Assert.Equal(("do_sys_open", 0x40UL, 'T'), (symbol.Name, symbol.Size, symbol.Type));
        Assert.True(table.TryLookup(KallsymsImage.Base + 0x8003f, out symbol));
        Assert.Equal("do_sys_open", symbol.Name);
        Assert.True(table.TryLookup(KallsymsImage.Base + 0x10, out symbol));
        Assert.Equal(("_stext", 0x100UL), (symbol.Name, symbol.Size));
        Assert.True(table.TryLookup(KallsymsImage.Base + 0xa0000, out symbol));
        Assert.Equal("_end", symbol.Name);
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Addresses_outside_the_image_are_nobodys(int style, bool withInfo)
    {
        var table = Open(Image((KallsymsStyle)style), withInfo);

        foreach (
            var address in (ulong[])[0, 0x1f000, 0x1f008, KallsymsImage.Base - 1, KallsymsImage.Base + 0xa0001, ulong.MaxValue])
            Assert.False(table.TryLookup(address, out _), $"{address:x}");
    }

    [Fact]
    public void Percpu_symbols_keep_their_offsets()
    {
        var table = Open(Image(KallsymsStyle.OffsetsFirst), true);

        Assert.True(table.TryFind("current_task", out var symbol));
        Assert.Equal(0x1f000UL, symbol.Address);
        Assert.True(table.IsPercpuOffset(symbol));
        Assert.True(table.TryFind("init_task", out symbol));
        Assert.False(table.IsPercpuOffset(symbol));
    }

    [Fact]
    public void A_lost_page_of_names_costs_the_names_around_it()
    {
        var image = NewImage(KallsymsStyle.NamesFirst);
        image.Memory.Lose(image.PlaceOf("names") + 8192);
        var table = Open(image, true);

        Assert.True(table.IsIncomplete);
        var all = image.Symbols.Select(s => s.Name).ToList();
        var left = table.All().Select(s => s.Name).ToList();
        Assert.InRange(all.Count - left.Count, 256, 4 * 256);
        Assert.Equal(all[^1], left[^1]);
        Assert.Empty(left.Except(all));
    }

    [Fact]
    public void A_lost_page_of_offsets_costs_the_lookups_that_need_it()
    {
        var image = NewImage(KallsymsStyle.NamesFirst);
        image.Memory.Lose(image.PlaceOf("offsets") + 8192);
        var table = Open(image, true);

        Assert.True(table.TryFind("_text", out _));
        Assert.True(table.TryFind("init_task", out _));
        Assert.InRange(table.All().Count(), 1000, image.Symbols.Count - 1);
    }

    [Fact]
    public void Without_tables_there_is_a_reason()
    {
        var memory = new FakeMemory().Add(KallsymsImage.Base, new byte[65536]);

        Assert.Null(KallsymsTable.TryOpen(memory, KallsymsImage.NoInfo, KallsymsImage.Range, Limits.Default, out var why));
        Assert.NotEmpty(why!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_tables_never_throw(int style)
    {
        var image = NewImage((KallsymsStyle)style);
        var sound = image.Bytes.AsSpan(KallsymsImage.TablesStart, image.TablesEnd - KallsymsImage.TablesStart).ToArray();
        var random = new Random(style);
        for (var round = 0; round < 60; round++)
        {
            for (var flips = random.Next(1, 200); flips > 0; flips--)
                image.Bytes[random.Next(KallsymsImage.TablesStart, image.TablesEnd)] = (byte)random.Next(256);
            var table = KallsymsTable.TryOpen(
                image.Memory, round % 4 == 0 ? KallsymsImage.NoInfo : image.Info, KallsymsImage.Range, Limits.Default, out _);
            if (table is not null)
            {
                _ = table.All().Count();
                table.TryFind("init_task", out _);
                table.TryFind("x", out _);
                for (var i = 0; i < 100; i++)
                    table.TryLookup(KallsymsImage.Base + (ulong)random.Next(0xb0000), out _);
            }
            sound.CopyTo(image.Bytes, KallsymsImage.TablesStart);
        }
    }

    // Read only: tests that change an image make their own.
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<KallsymsStyle, KallsymsImage> Shared = new();

    private static KallsymsImage Image(KallsymsStyle style) => Shared.GetOrAdd(style, NewImage);

    private static KallsymsImage NewImage(KallsymsStyle style) => new(
        KallsymsImage.SomeSymbols(style is not (KallsymsStyle.NamesFirstRelative or KallsymsStyle.PlaceRelative)), style);

    private static KallsymsTable Open(KallsymsImage image, bool withInfo)
    {
        var table = KallsymsTable.TryOpen(
            image.Memory, withInfo ? image.Info : KallsymsImage.NoInfo, KallsymsImage.Range, Limits.Default, out var why);
        Assert.True(table is not null, why);
        return table;
    }
}
