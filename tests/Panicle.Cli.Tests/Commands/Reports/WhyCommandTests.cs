namespace Panicle.Cli.Tests.Commands.Reports;

public class WhyCommandTests
{
    [Fact]
    public void A_null_pointer_is_the_first_finding()
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run("why");
        Assert.Equal("", ran.Errors);
        Assert.StartsWith("  1. crashme_inner [crashme] read memory through a pointer that was NULL", ran.Lines[0]);
        Assert.Contains("reads 8 bytes at rax, rax is 0", ran.Output);
        Assert.Contains("The module crashme, which is not of the kernel's own tree", ran.Output);
    }

    [Fact]
    public void A_dump_that_was_asked_for_has_nothing_else_to_explain()
    {
        using var dump = SampleDump.Sysrq();
        var finding = Assert.Single(dump.Run("why --json").Result.GetProperty("findings").EnumerateArray());
        Assert.Equal("panic", finding.GetProperty("kind").GetString());
        Assert.Equal("Certain", finding.GetProperty("certainty").GetString());
        Assert.Equal("Trigger", finding.GetProperty("role").GetString());
    }

    [Fact]
    public void Every_command_of_the_evidence_works()
    {
        using var dump = SampleDump.NullDeref();
        var commands = dump.Run("why --json").Result.GetProperty("findings").EnumerateArray()
            .SelectMany(finding => finding.GetProperty("evidence").EnumerateArray())
            .Select(evidence => evidence.GetProperty("command").GetString()).OfType<string>().Distinct().ToList();
        Assert.True(commands.Count > 4);
        Assert.All(commands, command => Assert.Equal((0, ""), (dump.Run(command).ExitCode, dump.Run(command).Errors)));
    }

    [Fact]
    public void The_pointer_is_still_where_it_was_loaded_from()
    {
        using var dump = SampleDump.NullDeref();
        var evidence = dump.Run("why --json").Result.GetProperty("findings")[0].GetProperty("evidence").EnumerateArray();
        var command = evidence.Select(one => one.GetProperty("command").GetString()!)
            .Single(command => command.StartsWith("rd ", StringComparison.Ordinal));
        Assert.Contains("0000000000000000", dump.Run(command).Output);
    }
}
