using System.Globalization;
using Panicle.Kernel.Module;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests;

public sealed class SymbolTests
{
    /// <summary>
    /// Behind the tables of names lie the compiler's texts, tens of thousands of them, none with a name. 6.1 (null-deref) doesn't
    /// even name the tables.
    /// </summary>
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void Texts_behind_the_tables_of_names_are_not_named_after_them(string name)
    {
        var symbols = Samples.Named(name).Symbols.Kernel;
        Assert.True(symbols.TryFind("linux_banner", out var banner));
        Assert.InRange(banner.Size, 1UL, 4096UL);
        Assert.False(symbols.TryLookup(banner.Address + banner.Size, out var next) && next.Name == banner.Name);
        foreach (var table in symbols.All().Where(symbol => symbol.Name
            is "kallsyms_token_index" or "kallsyms_offsets" or "kallsyms_seqs_of_names" or "kallsyms_relative_base"))
        {
            Assert.Equal(table.Name, symbols.TryLookup(table.Address + table.Size - 1, out var last) ? last.Name : null);
            Assert.False(symbols.TryLookup(table.Address + table.Size + 64, out var beyond) && beyond.Name == table.Name);
        }
    }

    /// <summary>A pointer to a text that only the compiler knows has no symbol: here those of panic()'s messages.</summary>
    [Fact]
    public void A_text_of_the_compiler_has_no_symbol()
    {
        var kernel = Samples.Sysrq;
        Assert.True(kernel.Symbols.TryFind("panic", out var panic));
        var texts = kernel.Code.Function(panic).Instructions.Select(instruction => instruction.Text)
            .Where(text => text.StartsWith("mov    $0xffffffff", StringComparison.Ordinal) && text.Contains(",%rdi"))
            .Select(text => ulong.Parse(text[10..26], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            .Where(address => Losses.Ignored.Try(() => kernel.Memory.ReadString(address, 64, "text")) is { } text
                && text.Contains("Kernel panic", StringComparison.Ordinal) && text.Contains('%')).ToList();
        Assert.NotEmpty(texts);
        Assert.All(texts, address => Assert.False(kernel.Symbols.TryLookup(address, out var symbol), $"{symbol.Name}+N"));
    }

    /// <summary>A kernel without CONFIG_KALLSYMS_ALL keeps functions; its variables' names come from the vmlinux.</summary>
    [Fact]
    public void Names_that_the_kernel_lacks_are_its_vmlinux_s()
    {
        var all = Samples.Sysrq.Symbols.Kernel;
        var names = new LayeredSymbols(new Kept(all), all);
        Assert.False(new Kept(all).TryFind("init_task", out _));
        Assert.True(names.TryFind("init_task", out var variable));
        Assert.Equal("init_task", names.TryLookup(variable.Address + 8, out var covering) ? covering.Name : "none");
        Assert.True(names.TryFind("panic", out var function));
        Assert.Single(names.FindAll("panic"), symbol => symbol.Address == function.Address);
        Assert.Equal(all.All().DistinctBy(symbol => (symbol.Name, symbol.Address)).Count(), names.All().Count());
        Assert.True(new LayeredSymbols(null, all).TryFind("panic", out _));
    }

    // The functions alone.
    private sealed class Kept(ISymbolTable all) : ISymbolTable
    {
        public bool TryFind(string name, out Symbol symbol) => all.TryFind(name, out symbol) && symbol.IsText;

        public IEnumerable<Symbol> FindAll(string name) => all.FindAll(name).Where(symbol => symbol.IsText);

        public bool TryLookup(ulong address, out Symbol symbol) => all.TryLookup(address, out symbol) && symbol.IsText;

        public IEnumerable<Symbol> All() => all.All().Where(symbol => symbol.IsText);
    }
}
