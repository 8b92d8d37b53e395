namespace Panicle.Cli.Tests.Commands.Module;

public sealed class ModCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Lists_modules_by_address()
    {
        var modules = _dump.Run("mod --json").Result.GetProperty("modules").EnumerateArray().ToList();
        var bases = modules.Select(m => Convert.ToUInt64(m.GetProperty("base").GetString(), 16)).ToList();
        Assert.Equal(bases.Order(), bases);
        Assert.Contains(modules, m => m.GetProperty("name").GetString() == "crashme");
        Assert.All(modules, m => Assert.True(m.GetProperty("size").GetUInt64() > 0));
        Assert.All(modules, m => Assert.True(m.GetProperty("hasSymbols").GetBoolean()));
    }

    [Fact]
    public void Shows_one_in_crashs_columns() =>
        Assert.Matches(@"^ffffffff[0-9a-f]{8}  crashme +ffffffff[0-9a-f]{8} +\d+  \(not loaded\)  \[CONFIG_KALLSYMS\]$",
            _dump.Run("mod crashme").Lines[1]);

    [Fact]
    public void Shows_what_taints_the_kernel() => Assert.Matches(@"^crashme +OE$", _dump.Run("mod -t").Lines[1]);

    [Fact]
    public void An_unknown_module_is_an_error()
    {
        var ran = _dump.Run("mod nope");
        Assert.Equal(ExitCode.Finding, ran.ExitCode);
        Assert.Equal("mod: no module 'nope' was loaded\n", ran.Errors);
    }
}
