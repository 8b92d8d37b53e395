namespace Panicle.Cli.Tests.Commands.Symbols;

public sealed class SymCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Name_and_address_lead_to_each_other()
    {
        var byName = _dump.Run("sym sysrq_handle_crash+22").Lines[0];
        Assert.EndsWith(" (t) sysrq_handle_crash+22  (source lines need the debug information of vmlinux)", byName);
        Assert.Equal(byName, _dump.Run($"sym {byName[..16]}").Lines[0]);
        Assert.Equal(byName, _dump.Run($"sym 0x{byName[..16]}").Lines[0]);
    }

    [Fact]
    public void A_module_stands_behind_its_symbols() =>
        Assert.Matches(@"^[0-9a-f]{16} \(t\) crashme_null_deref \[crashme\]$", _dump.Run("sym crashme_null_deref").Lines[0]);

    [Fact]
    public void Neighbours_are_shown_in_order()
    {
        var lines = _dump.Run("sym -p -n sysrq_handle_crash").Lines;
        Assert.Equal(3, lines.Length);
        Assert.Contains(" sysrq_handle_crash", lines[1]);
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
    }

    [Fact]
    public void Searches()
    {
        Assert.All(_dump.Run("sym -q sysrq_handle").Lines, l => Assert.Contains("sysrq_handle", l));
        Assert.All(_dump.Run("sym -m crashme").Lines, l => Assert.EndsWith(" [crashme]", l));
    }

    [Fact]
    public void An_unknown_name_is_an_error()
    {
        Assert.Equal("sym: there is no symbol 'no_such_thing'; 'sym -q TEXT' searches\n", _dump.Run("sym no_such_thing").Errors);
        Assert.Equal(ExitCode.Usage, _dump.Run("sym").ExitCode);
    }
}
