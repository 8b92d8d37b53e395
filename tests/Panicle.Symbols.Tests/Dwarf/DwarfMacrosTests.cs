using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

public class DwarfMacrosTests
{
    private const string Source = """
        #define ANSWER 42
        #define TWICE(x) ((x) * 2)
        #define SHIFTED (1UL << 12)
        #define EMPTY
        int use(void) { return TWICE(ANSWER) + SHIFTED; }
        """;

    [Theory]
    [InlineData("-gdwarf-5 -g3")]
    [InlineData("-gdwarf-4 -g3")]
    public void Constants_have_their_text(string options)
    {
        using var sample = new CompiledC(Source, options, link: true);
        var macros = new DwarfMacros(sample.Debug);

        Assert.Equal("42", macros.Find("ANSWER"));
        Assert.Equal("(1UL << 12)", macros.Find("SHIFTED"));
        Assert.Equal("1", macros.Find("__STDC__"));
        Assert.Null(macros.Find("TWICE"));
        Assert.Null(macros.Find("EMPTY"));
        Assert.Null(macros.Find("NEVER"));
    }

    [Fact]
    public void Without_macros_there_are_none()
    {
        using var sample = new CompiledC(Source, "-gdwarf-5");
        Assert.Null(new DwarfMacros(sample.Debug).Find("ANSWER"));
    }
}
