using System.Text.Json;
using Panicle.Logs.Events;
using Panicle.Reports;
using Panicle.Reports.Findings;

namespace Panicle.Truth.Tests;

/// <summary>What <c>why</c> and <c>report</c> name first is what the lab did, on the dump and on its log alone.</summary>
public class FindingsTests
{
    /// <summary>What a scenario's first finding must be.</summary>
    /// <param name="Kind">Its kind, on the dump.</param>
    /// <param name="Names">What its title or evidence must name.</param>
    /// <param name="Event">The kind of the event that brought the machine down, as <c>oops</c> tells it from the log.</param>
    /// <param name="Function">That event's function.</param>
    private sealed record Cause(string Kind, string Names, string Event, string? Function)
    {
        /// <summary>The kind on the log alone, where it can't tell as much as the dump.</summary>
        public string LogKind { get; init; } = Kind;

        /// <summary>What the log's first finding must name.</summary>
        public string LogNames { get; init; } = Names;
    }

    private static readonly Cause Null = new(
        "null-pointer-dereference", "crashme_inner", "null-pointer-dereference", "crashme_inner");

    // Who asked for the crash is all that the log knows of what was wrong before.
    private static readonly Cause Asked = new("panic", "sysrq", "panic", "sysrq_handle_crash");

    private static readonly Dictionary<string, Cause> Expected = new()
    {
        ["sysrq"] = Asked,
        ["small-sysrq"] = Asked,
        ["null-deref"] = Null,
        ["small"] = Null,
        ["big"] = Null,
        ["timer"] = Null,
        ["hrtimer"] = Null,
        ["ipi"] = Null,
        ["nmi"] = Null,
        ["null-call"] = new("null-pointer-dereference", "crashme_null_call", "null-pointer-dereference", "crashme_null_call"),
        // The log shows the pattern of freed memory, and the dump the object and its slab cache.
        ["use-after-free"] = new("use-after-free", "crashme_object", "general-protection-fault",
            "crashme_inner")
        { LogNames = "crashme_inner" },
        ["bug"] = new("bug", "crashme.c:", "bug", "crashme_check"),
        ["warn"] = new("warning", "crashme_warn", "warning", "crashme_warn"),
        ["divide-error"] = new("divide-error", "crashme_divide", "divide-error", "crashme_divide"),
        ["non-canonical"] = new("general-protection-fault", "1234567890abcd00", "general-protection-fault", "crashme_inner"),
        ["list-corruption"] = new("memory-corruption", "crashme_list", "memory-corruption", "crashme_list_append"),
        ["stack-overflow"] = new("stack-overflow", "crashme_recurse", "stack-overflow", "crashme_recurse"),
        ["oom"] = new("out-of-memory", "witness", "out-of-memory", null),
        // The two tasks block each other: that is the cause of their hanging. Since 6.15 the log tells that, too.
        ["hung-task"] = new("locking", "crashme_mutex_b", "hung-task", "crashme_lock_both")
        {
            LogKind = "hung-task",
            LogNames = "crashme_ab"
        },
        ["abba-deadlock"] = new("locking", "crashme_mutex_b", "panic", "sysrq_handle_crash")
        {
            LogKind = "panic",
            LogNames = "sysrq"
        },
        ["held-mutex"] = new("hung-task", "crashme_sleep_with_mutex", "panic", "sysrq_handle_crash")
        {
            LogKind = "panic",
            LogNames = "sysrq"
        },
        ["soft-lockup"] = new("soft-lockup", "crashme_spin", "soft-lockup", "crashme_spin"),
        ["rcu-stall"] = new("rcu-stall", "crashme_spin", "rcu-stall", "crashme_spin"),
        ["init-exit"] = new("panic", "exited with status 1", "panic", null),
        ["no-kdump"] = new("panic", "exited with status 1", "panic", null),
    };

    /// <summary>Every dump of a scenario with an expectation.</summary>
    public static TheoryData<string> Dumps => LabDump.Rows(cell => Expected.ContainsKey(cell.Scenario.Name));

    /// <summary>The dumps in which nothing was wrong.</summary>
    public static TheoryData<string> Clean => LabDump.Rows(cell => cell.Scenario.Name is "sysrq" or "small-sysrq");

    /// <summary>The first finding is the right one, and names the culprit.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void First_finding_is_the_cause(string name)
    {
        var dump = LabDump.Find(name);
        var findings = FindingsOf(dump);
        Assert.True(findings.Count > 0, "nothing was found");
        var cause = Expected[dump.Cell.Scenario.Name];
        Assert.Equal(cause.Kind, findings[0].GetProperty("kind").GetString());
        // Pages of the dump that are missing may hide names, never the kind.
        if (!dump.LacksPages)
            Assert.Contains(cause.Names, findings[0].ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// A report on the log alone begins with the same cause, as far as a log can tell; and so does <c>oops</c>.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void The_log_agrees(string name)
    {
        var dump = LabDump.Find(name);
        var cause = Expected[dump.Cell.Scenario.Name];
        using var text = File.OpenRead(dump.CrashLogFile);
        var log = CrashLog.Read(text, cancellation: TestContext.Current.CancellationToken);
        var result = Triage.Run(log, TestContext.Current.CancellationToken);
        Assert.Empty(result.Losses);
        var first = result.Findings[0];
        var saysOwner = log.Lines.Any(line => line.Text.Contains("likely owned by task", StringComparison.Ordinal));
        Assert.Equal(saysOwner ? cause.Kind : cause.LogKind, first.Kind.Name());
        Assert.Contains(cause.LogNames, first.Title + string.Join('\n', first.Evidence.Select(evidence => evidence.Text)),
            StringComparison.Ordinal);
        Assert.Equal((cause.Event, cause.Function), (log.Main!.Kind.Name(), log.Main.Function));
        Assert.All(result.Findings.SelectMany(finding => finding.Evidence), evidence => Assert.Null(evidence.Command));
    }

    /// <summary>A dump that was asked for has that finding and no other, and so has its log.</summary>
    [Theory, MemberData(nameof(Clean))]
    public void Clean_dumps_have_no_false_finding(string name)
    {
        var dump = LabDump.Find(name);
        Assert.Equal("Trigger", Assert.Single(FindingsOf(dump)).GetProperty("role").GetString());
        using var text = File.OpenRead(dump.CrashLogFile);
        var log = CrashLog.Read(text, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(FindingRole.Trigger, Assert.Single(Triage.Run(log, TestContext.Current.CancellationToken).Findings).Role);
    }

    private static List<JsonElement> FindingsOf(LabDump dump) => [.. dump.Ask("why").GetProperty("findings").EnumerateArray()];
}
