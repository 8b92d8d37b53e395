using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Events;

/// <summary>Who was running where, on what kernel, as one line tells it; null for what it doesn't.</summary>
/// <param name="Cpu">The CPU.</param>
/// <param name="Pid">The process.</param>
/// <param name="Command">Its command.</param>
/// <param name="Taint">The taint letters; empty where the line says that there are none.</param>
/// <param name="Release">The kernel's release.</param>
/// <param name="Hardware">The machine.</param>
internal sealed partial record ContextLine(int? Cpu, int? Pid, string? Command, string? Taint, string? Release, string? Hardware)
{
    /// <summary>What a line tells, or null where it tells nothing of it.</summary>
    public static ContextLine? Of(string text)
    {
        if (text.Length > 1024)
            return null;
        foreach (var form in (ReadOnlySpan<Regex>)[Header(), Tainted(), Task(), Place()])
        {
            if (form.Match(text) is { Success: true } match)
                return Of(match);
        }
        return null;
    }

    /// <summary>The task of a CPU, in the line behind "Task dump for CPU 1:", or null.</summary>
    public static ContextLine? OfTask(string text) => DumpedTask().Match(text) is { Success: true } match ? Of(match) : null;

    /// <summary>The CPU whose tasks' dump follows, or null.</summary>
    public static int? DumpedCpu(string text) => DumpTitle().Match(text) is { Success: true } match ? Number(match, "cpu") : null;

    // In the place of "P": it is no taint.
    private const char NotProprietary = 'G';

    private static ContextLine Of(Match match) => new(
        Number(match, "cpu"), Number(match, "pid"), Text(match, "comm"), Taints(match), Text(match, "r")?.TrimEnd(',', ')'),
        Text(match, "hw"));

    private static string? Taints(Match match) => match.Groups["clean"].Success ? ""
        : Text(match, "t") is { } letters
            ? string.Concat(letters.Where(c => char.IsAsciiLetterUpper(c) && c != NotProprietary)) : null;

    private static string? Text(Match match, string group) =>
        match.Groups[group] is { Success: true } value && value.ValueSpan.Trim() is { Length: > 0 } text ? text.ToString() : null;

    private static int? Number(Match match, string group) =>
        match.Groups[group] is { Success: true } value
            && int.TryParse(value.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : null;

    // A column of flags. RHEL 7 has dashes for those that are off, and behind them its own letters, whose meanings are others.
    private const string Flags = @"(?:(?<clean>Not tainted)|Tainted: (?<t>[A-Z ]{1,60}?)(?:-[A-Z -]{0,40}?)?)(?: VLI)?";

    private const string ReleaseForm = @"(?<r>[a-z\d]\S{0,128})";

    // "CPU: 1 PID: 2 Comm: name Tainted: G W 6.1.0 #1", since 3.10; "Pid: 2, comm: name Not tainted 3.6.1 #1 Vendor Model/Board"
    // before; "CPU: 0    Not tainted  (2.6.35 #1)", arm's.
    [GeneratedRegex(
        @"^\s*(?:CPU: (?<cpu>\d+) (?:UID: \d+ )?PID: (?<pid>\d+) Comm: (?<comm>.{1,64}?)(?: Kdump: loaded)?(?: " + Flags
            + @"\s+" + ReleaseForm + @"|(?: (?:Not t|T)ainted:?)?\s*$)"
            + @"|Pid: (?<pid>\d+), comm: (?<comm>.{1,16}?) +" + Flags + @"\s+\(?" + ReleaseForm
            + @"(?: #\S{1,40}(?: (?<hw>\S.{0,120}))?)?"
            + @"|CPU:? +(?<cpu>\d+) +" + Flags + @"\s+\(?" + ReleaseForm + ")",
        RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    // A hung task's own line, lockdep's ("3.5.0-rc1 #70 Tainted: G W"), i386's flags ("EFLAGS: 00010202   (2.6.22 #1)").
    [GeneratedRegex(
        @"^\s+" + Flags + @"\s+" + ReleaseForm + @"|^(?<r>\d{1,2}\.\d\S{0,128}) #\S{1,40} " + Flags + @"\s*$"
            + @"|^EFLAGS: [0-9a-f]{8}\s+\((?<r>\d\S{0,128})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Tainted();

    // What names a task in the midst of something else.
    [GeneratedRegex(
        @"^BUG: scheduling while atomic: (?<comm>.{1,32})/(?<pid>\d+)/(?:0x)?[0-9a-f]{1,8}"
            + @"|^BUG: workqueue leaked lock or atomic: (?<comm>.{1,64}?)/0x[0-9a-f]{1,8}/(?<pid>\d+)"
            + @"|^BUG: Bad page (?:state|map|cache) in process (?<comm>.{1,64}?)\s{1,4}(?:pfn|pte|pmd):"
            + @"|\bin preemptible \[[0-9a-f]{1,8}\](?: code)?: (?<comm>.{1,64})/(?<pid>\d+)"
            + @"|^(?:in_atomic|preempt_count|irqs_disabled)\(?.{0,120}pid: (?<pid>\d+), name: (?<comm>\S.{0,63})"
            + @"|^(?<comm>\S.{0,63})/(?<pid>\d+) "
            + @"(?:is (?:trying to|freeing|exiting|leaving|holding)|just changed|\[HC\d|(?:still )?has )"
            + @"|^(?:Read|Write|Access|Free|Free-?ing)\b.{0,60} by task (?<comm>\S.{0,63})/(?<pid>\d+)\s*$"
            + @"|^BUG: (?:spinlock|rwlock|rwsem) .{1,60} on CPU#(?<cpu>\d+), (?<comm>.{1,64})/(?<pid>\d+)"
            + @"|^(?:note: )?Process (?<comm>\S.{0,63}?),? \(?p(?:id): ?(?<pid>\d+)"
            + @"|^TASK = .{1,40}\[(?<pid>\d+)\] '(?<comm>[^']{1,64})' THREAD: \S{1,20}(?:\s+CPU: (?<cpu>\d+))?"
            + @"|^(?<comm>\S.{0,63}): page allocation (?:failure|stalls)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Task();

    // What names a CPU: WARN's place, RCU's lists of those that it waits for, old headers.
    [GeneratedRegex(
        @"^WARNING: CPU: (?<cpu>\d+) PID: (?<pid>\d+) at |^WARNING: .{1,250}, CPU#(?<cpu>\d+): (?<comm>\S.{0,63})/(?<pid>\d+)"
            + @"|^CPU:?\s+(?<cpu>\d+)\s*$|^CPU (?<cpu>\d+) Unable to handle"
            + @"|^(?:rcu:\s*)?\s*(?<cpu>\d{1,5})-[.!oOnNdD?\d]{2,8}:|\bstall\w* on CPUs?(?:/tasks)?: ?\{ ?(?<cpu>\d{1,5})\b"
            + @"|\bdetected stall on CPU (?<cpu>\d{1,5})\b"
            + @"|\bon CPU \{ ?(?<cpu>\d{1,5})\}|Possible timer handling issue on cpu=(?<cpu>\d{1,5})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex(@"^\s*(?:rcu:\s*)?Task dump for CPU (?<cpu>\d{1,5}):", RegexOptions.CultureInvariant)]
    private static partial Regex DumpTitle();

    // Since 5.10 "task:name state:R … pid: 314", before it columns.
    [GeneratedRegex(
        @"^task:(?<comm>\S.{0,63}?)\s+state:\S.{0,60}\bpid:\s*(?<pid>\d+)"
            + @"|^(?<comm>\S.{0,15}?)\s+[RSDTtXZPIKW]\s?(?: running task |[0-9a-f]{8,16})\s*\d+\s+(?<pid>\d+)\s+\d+\s",
        RegexOptions.CultureInvariant)]
    private static partial Regex DumpedTask();
}
