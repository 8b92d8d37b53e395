using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary>What <c>why</c> names first is what the lab did.</summary>
public class FindingsTests
{
    /// <summary>The kind of the first finding for each scenario, and what its title or evidence must name.</summary>
    private static readonly Dictionary<string, (string Kind, string Names)> Expected = new()
    {
        ["sysrq"] = ("panic", "sysrq"),
        ["small-sysrq"] = ("panic", "sysrq"),
        ["null-deref"] = ("null-pointer-dereference", "crashme_inner"),
        ["small"] = ("null-pointer-dereference", "crashme_inner"),
        ["big"] = ("null-pointer-dereference", "crashme_inner"),
        ["null-call"] = ("null-pointer-dereference", "crashme_null_call"),
        ["use-after-free"] = ("use-after-free", "crashme_object"),
        ["bug"] = ("bug", "crashme.c:"),
        ["warn"] = ("warning", "crashme_warn"),
        ["divide-error"] = ("divide-error", "crashme_divide"),
        ["non-canonical"] = ("general-protection-fault", "1234567890abcd00"),
        ["list-corruption"] = ("memory-corruption", "crashme_list"),
        ["stack-overflow"] = ("stack-overflow", "crashme_recurse"),
        ["oom"] = ("out-of-memory", "witness"),
        // The two tasks block each other: that is the cause of their hanging.
        ["hung-task"] = ("locking", "crashme_mutex_b"),
        ["abba-deadlock"] = ("locking", "crashme_mutex_b"),
        ["held-mutex"] = ("hung-task", "crashme_sleep_with_mutex"),
        ["soft-lockup"] = ("soft-lockup", "crashme_spin"),
        ["rcu-stall"] = ("rcu-stall", "crashme_spin"),
        ["timer"] = ("null-pointer-dereference", "crashme_inner"),
        ["hrtimer"] = ("null-pointer-dereference", "crashme_inner"),
        ["ipi"] = ("null-pointer-dereference", "crashme_inner"),
        ["nmi"] = ("null-pointer-dereference", "crashme_inner"),
        ["init-exit"] = ("panic", "exited with status 1"),
    };

    /// <summary>Every dump of a scenario with an expectation.</summary>
    public static TheoryData<string> Dumps => LabDump.Rows(cell => Expected.ContainsKey(cell.Scenario.Name));

    /// <summary>The dumps in which nothing was wrong.</summary>
    public static TheoryData<string> Clean => LabDump.Rows(cell => cell.Scenario.Name is "sysrq" or "small-sysrq");

    /// <summary>The first finding is the right one, and names the culprit.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void FirstFindingIsTheCause(string name)
    {
        var dump = LabDump.Find(name);
        var findings = FindingsOf(dump);
        Assert.True(findings.Count > 0, "nothing was found");
        var (kind, names) = Expected[dump.Cell.Scenario.Name];
        Assert.Equal(kind, findings[0].GetProperty("kind").GetString());
        // Pages of the dump that are missing may hide names, never the kind.
        if (!dump.LacksPages)
            Assert.Contains(names, findings[0].ToString(), StringComparison.Ordinal);
    }

    /// <summary>A dump that was asked for has that finding and no other.</summary>
    [Theory, MemberData(nameof(Clean))]
    public void CleanDumpsHaveNoFalseFinding(string name) =>
        Assert.Equal("Trigger", Assert.Single(FindingsOf(LabDump.Find(name))).GetProperty("role").GetString());

    private static List<JsonElement> FindingsOf(LabDump dump) => [.. dump.Ask("why").GetProperty("findings").EnumerateArray()];
}
