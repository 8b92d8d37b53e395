namespace Panicle.Cli.Tests.Commands.Printk;

public sealed class LogCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.Sysrq();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Begins_with_the_boot_and_ends_with_the_panic()
    {
        var lines = _dump.Run("log").Lines;
        Assert.Matches(@"^\[    0\.000000\] Linux version 6\.", lines[0]);
        Assert.Contains(lines, l => l.EndsWith("] Kernel panic - not syncing: sysrq triggered crash", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.Matches(@"^\[ *\d+\.\d{6}\] ", l));
    }

    [Fact]
    public void Selects_by_level()
    {
        var errors = _dump.Run("log -l err --json").Result.GetProperty("records").EnumerateArray().ToList();
        Assert.NotEmpty(errors);
        Assert.All(errors, r => Assert.InRange(r.GetProperty("level").GetInt32(), 0, 3));
        Assert.Equal(_dump.Run("log -l err").Output, _dump.Run("log -l 3").Output);
    }

    [Theory]
    [InlineData("log -t", "^Linux version")]
    [InlineData("log -m", @"^<5>\[    0\.000000\] Linux version")]
    [InlineData("log -T", @"^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}\] Linux version")]
    [InlineData("dmesg", @"^\[    0\.000000\] Linux version")]
    public void Shows_what_is_asked_for(string line, string first) => Assert.Matches(first, _dump.Run(line).Lines[0]);

    [Fact]
    public void An_unknown_level_is_a_usage_error()
    {
        var ran = _dump.Run("log -l loud");
        Assert.Equal(ExitCode.Usage, ran.ExitCode);
        Assert.Contains("unknown level 'loud'", ran.Errors);
    }
}
