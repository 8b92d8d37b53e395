namespace Panicle.Symbols.Tests;

public class SystemMapTests
{
    private const string Text = """
        0000000000000000 D __per_cpu_start
        ffffffff81000000 T _stext
        ffffffff81000000 T _text
        not a symbol
        ffffffff81000040 t twice
        ffffffff81000080 t twice
        ffffffff82000000 B _end
        ffffffffc0000000 t in_module	[crashme]
        """;

    [Fact]
    public void Addresses_move_with_the_kernel_and_others_stay()
    {
        var map = SystemMap.TryRead(new StringReader(Text), 0x1000000, Limits.Default, out var why);
        Assert.True(map is not null, why);

        Assert.True(map.TryLookup(0xffffffff82000041, out var symbol));
        Assert.Equal(("twice", 0x40UL), (symbol.Name, symbol.Size));
        Assert.True(map.TryLookup(0xffffffff82000000, out symbol));
        Assert.Equal("_stext", symbol.Name);
        Assert.True(map.TryFind("__per_cpu_start", out symbol));
        Assert.Equal(0UL, symbol.Address);
        Assert.True(map.TryFind("in_module", out symbol));
        Assert.Equal((0xffffffffc0000000, "crashme"), (symbol.Address, symbol.Module));
        Assert.Equal(2, map.FindAll("twice").Count());
        Assert.Equal(7, map.All().Count());
    }

    [Fact]
    public void A_file_without_symbols_gives_a_reason()
    {
        Assert.Null(SystemMap.TryRead(new StringReader("hello\n"), 0, Limits.Default, out var why));
        Assert.NotEmpty(why!);
    }
}
