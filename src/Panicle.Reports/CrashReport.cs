using Panicle.Kernel;
using Panicle.Kernel.Lines;
using Panicle.Logs.Events;
using Panicle.Reports.Findings;
using Panicle.Reports.Sections;

namespace Panicle.Reports;

/// <summary>
/// What happened, as data: the page for a person in a hurry. Each section is read by itself; what could not be read
/// is missing, and said in <see cref="Unread"/>. Text, JSON and HTML are renderings of this.
/// </summary>
public sealed record CrashReport
{
    /// <summary>The crash in one line: what, and in which function.</summary>
    public required string Title { get; init; }

    /// <summary>What the kernel said it died of, and where.</summary>
    public CauseSection? Cause { get; init; }

    /// <summary>What explains the crash, with evidence, the most telling first.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>How the kernel responded to the trouble, and was set to; null for a log.</summary>
    public ResponseSection? Response { get; init; }

    /// <summary>The machine and its kernel.</summary>
    public MachineSection? Machine { get; init; }

    /// <summary>The dump file; null for a report on a log.</summary>
    public DumpSection? Dump { get; init; }

    /// <summary>The log, for a report on one; null for a dump.</summary>
    public TextSection? Text { get; init; }

    /// <summary>
    /// The log's account of the crash: its facts, traces and code; null if it has none, and for a dump, which tells more.
    /// </summary>
    public OopsEvent? Event { get; init; }

    /// <summary>The task that was running where the crash was, with its backtrace.</summary>
    public StackSection? Stack { get; init; }

    /// <summary>The code around the instruction that died.</summary>
    public CodeSection? Code { get; init; }

    /// <summary>What the other CPUs were doing.</summary>
    public IReadOnlyList<StackSection> OtherCpus { get; init; } = [];

    /// <summary>Blocked tasks, those with the same stack together.</summary>
    public IReadOnlyList<BlockedSection> Blocked { get; init; } = [];

    /// <summary>How the memory was used.</summary>
    public IReadOnlyList<MemoryLine> Memory { get; init; } = [];

    /// <summary>The end of the kernel log.</summary>
    public LogSection? Log { get; init; }

    /// <summary>Taints, and the modules that don't come from the kernel's own tree.</summary>
    public TaintSection? Taint { get; init; }

    /// <summary>What could not be read, and why, each a sentence.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Makes the report on a log: what it can tell of what a dump would.</summary>
    /// <param name="files">The log's files.</param>
    /// <param name="log">The log.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static CrashReport Read(IReadOnlyList<string> files, CrashLog log, CancellationToken cancellation = default)
    {
        var triage = Triage.Run(log, cancellation);
        var main = log.Main;
        return new CrashReport
        {
            Title = main is null ? "no crash, warning or error of the kernel in this log" : main.FullFunction is { } function
                ? $"{main.Title} in {function}"
                : main.Title,
            Findings = triage.Findings,
            Text = new TextSection(files, log.LineCount, log.Events.Count),
            Event = main,
            Log = LogSection.Of(log),
            Unread =
            [
                .. log.Missing,
                .. triage.Losses.Select(loss => loss.ToString()),
            ],
        };
    }

    /// <summary>Reads the report from a dump.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="lines">Source lines for its backtraces, or null.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static CrashReport Read(KernelDump kernel, KernelLines? lines = null, CancellationToken cancellation = default)
    {
        var losses = new Losses(cancellation);
        var log = losses.Try("the log", () => CrashLog.Of(kernel));
        var stack = losses.Try("the panicking task", () => StackSection.OfCrash(kernel, lines));
        var cause = losses.Try("the cause", () => CauseSection.Read(kernel, stack, log));
        var triage = losses.Try("the findings", () => Triage.Run(kernel, log, cancellation));
        var report = new CrashReport
        {
            Title = cause?.Title ?? WhyNoCause(kernel, losses.Try("where it crashed", () => kernel.Crash)),
            Cause = cause,
            Findings = triage?.Findings ?? [],
            Response = losses.Try("how the kernel was set to respond", () => ResponseSection.Read(kernel, log)),
            Machine = losses.Try("the machine", () => MachineSection.Read(kernel, losses)),
            Dump = DumpSection.Read(kernel),
            Stack = stack,
            Code = losses.Try("the code", () => CodeSection.Read(kernel, stack, log)),
            OtherCpus = losses.Try("the other CPUs", () => StackSection.OfOtherCpus(kernel, lines)) ?? [],
            Blocked = losses.Try("the blocked tasks", () => BlockedSection.Read(kernel, lines, cancellation)) ?? [],
            Memory = losses.Try("the memory's use", () => MemoryLine.Read(kernel, losses)) ?? [],
            Log = losses.Try("the log", () => LogSection.Read(kernel)),
            Taint = losses.Try("the taints", () => TaintSection.Read(kernel)),
        };
        losses.Add(triage?.Losses ?? []);
        foreach (var problem in kernel.Dump.Problems)
            losses.Add(problem);
        losses.Add(losses.Try("the tasks", () => kernel.Tasks.Losses) ?? []);
        losses.Add(losses.Try("the modules", () => kernel.Modules.Losses) ?? []);
        losses.Add(losses.Try("the log", () => kernel.Log.Losses) ?? []);
        return report with { Unread = losses.Sentences };
    }

    // In a dump that was cut off nothing may be left to tell which CPU panicked, or that one did.
    private static string WhyNoCause(KernelDump kernel, CrashSite? site) =>
        kernel.Dump.Header.IsIncomplete ? "the dump is incomplete: what tells of the crash is missing from it"
        : site?.HasPanicked is not { } hasPanicked
            ? "what tells of the crash can't be read: whether the machine had panicked isn't known"
        : hasPanicked ? "the kernel panicked; what tells of it can't be read"
        : "the dump of a running machine: no CPU had panicked";
}
