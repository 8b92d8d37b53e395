using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Dumps;
using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>
/// What the rules look at: a log alone, or a dump with its log; and what several of them need of it, read once.
/// </summary>
internal sealed partial class FindingContext
{
    private const string PanicBeginning = "Kernel panic - not syncing: ";

    private readonly Lazy<KernelTask?> _task;
    private readonly Lazy<StackTrace?> _trace;
    private readonly Lazy<FaultSite?> _fault;

    // Without its log, a dump still has its memory.
    internal FindingContext(KernelDump kernel, CrashLog? log, Losses losses, CancellationToken cancellation)
        : this(log ?? CrashLog.Empty, cancellation)
    {
        Kernel = kernel;
        _task = new(() => losses.Try("the task that crashed", () => kernel.Crash.Task));
        _trace = new(() => losses.Try("its backtrace", () => Task is { } task ? kernel.Unwinder.Unwind(task) : null));
        _fault = new(() => losses.Try("the faulting instruction", () => FaultSite.Find(this, kernel)));
    }

    internal FindingContext(CrashLog log, CancellationToken cancellation)
    {
        Log = log;
        Cancellation = cancellation;
        var message = log.Message;
        // Of crashes within crashes each may have said the same.
        MessageLine = message is null ? null
            : log.MainLines.Where(line => line.Text.Contains(message, StringComparison.Ordinal)).Cast<LogLine?>().FirstOrDefault()
                ?? LastLine(text => text.StartsWith(message, StringComparison.Ordinal));
        // Since 6.9 an oops without a headline of its own has "Oops: " before the name of the exception.
        Message = message is null
            ? ""
            : message.StartsWith("Oops: ", StringComparison.Ordinal) ? message["Oops: ".Length..] : message;
        _task = new(() => null);
        _trace = new(() => null);
        _fault = new(() => log.Main is { } main ? FaultSite.Of(this, main) : null);
    }

    /// <summary>The dump; null if there is only a log.</summary>
    public KernelDump? Kernel { get; }

    /// <summary>Bytes in a page of the machine. A log doesn't tell; there it is the size that nearly all machines have.</summary>
    public ulong PageSize => Kernel?.PageSize ?? IMemory.SmallestPage;

    /// <summary>The dump's log, or the one that was given; empty if it can't be read.</summary>
    public CrashLog Log { get; }

    /// <summary>The log's account of the crash; null if it has none.</summary>
    public OopsEvent? Event => Log.Main;

    /// <summary>A rule that reads much looks at it between its steps.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The line of the log that says what the kernel died of, without "Oops: "; empty if none does.</summary>
    public string Message { get; }

    /// <summary>The line with <see cref="Message"/>.</summary>
    public LogLine? MessageLine { get; }

    /// <summary>The task that was running where the crash was; null if there is only a log.</summary>
    public KernelTask? Task => _task.Value;

    /// <summary>The backtrace of <see cref="Task"/>; null if there is only a log, or no task.</summary>
    public StackTrace? Trace => _trace.Value;

    /// <summary>The frame of <see cref="Trace"/> at which things went wrong; null if there is none.</summary>
    public StackFrame? Died => Kernel is not null && Trace is { } trace
        && CrashFrame.Find(trace.ToData(), Event, Kernel.Architecture.Processor) is { } found ? trace.Frames[found.Index] : null;

    /// <summary>The instruction that an exception came at; null if the kernel died otherwise.</summary>
    public FaultSite? Fault => _fault.Value;

    /// <summary>The command that shows the crash's backtrace.</summary>
    public const string BacktraceCommand = "bt -p";

    /// <summary>The panic message as evidence, or nothing.</summary>
    public IEnumerable<Evidence> Words => MessageLine is { } line ? [Quote(line)] : [];

    /// <summary>Whether the kernel died of a panic whose message has this text.</summary>
    public bool PanickedWith(string text) =>
        Message.StartsWith(PanicBeginning, StringComparison.Ordinal) && Message.Contains(text, StringComparison.Ordinal);

    /// <summary>The last line of the log that fulfils a condition, or null.</summary>
    public LogLine? LastLine(Func<string, bool> matches)
    {
        for (var i = Log.Lines.Count - 1; i >= 0; i--)
        {
            if (matches(Log.Lines[i].Text))
                return Log.Lines[i];
        }
        return null;
    }

    /// <summary>The last words: the lines from a second before the message on, oldest first.</summary>
    public IEnumerable<LogLine> LastWords => MessageLine is { } message ? Log.Lines.Where(line => IsNear(line, message, 1)) : [];

    /// <summary>The lines of the last words that fulfil a condition.</summary>
    public IEnumerable<LogLine> InLastWords(Func<string, bool> matches) => LastWords.Where(line => matches(line.Text));

    /// <summary>The lines from so many seconds before the message to the message itself, oldest first.</summary>
    public IEnumerable<LogLine> Before(double seconds) =>
        MessageLine is { } message ? Log.Lines.Where(line => line.Number < message.Number && IsNear(line, message, seconds)) : [];

    /// <summary>The log's account of the crash, from its first line on: the lines of <see cref="Event"/>.</summary>
    public IEnumerable<LogLine> EventLines => Log.MainLines;

    /// <summary>The event's headline as evidence, or nothing.</summary>
    public IEnumerable<Evidence> Headline
    {
        get
        {
            var lines = EventLines.Where(line => !line.Text.Contains("[ cut here ]", StringComparison.Ordinal)).ToList();
            var title = lines.FindIndex(line => line.Text.Contains(Event!.Title, StringComparison.Ordinal));
            return lines.Skip(Math.Max(title, 0)).Take(1).Select(Quote);
        }
    }

    /// <summary>
    /// What WARN() was given to say: the line before the headline or the one after it; null if it said nothing.
    /// </summary>
    public LogLine? WarningWords
    {
        get
        {
            var lines = EventLines.ToList();
            var headline = lines.FindIndex(line => line.Text.StartsWith("WARNING: ", StringComparison.Ordinal));
            if (headline < 0)
                return null;
            var cut = lines.FindLastIndex(headline, line => line.Text.Contains("[ cut here ]", StringComparison.Ordinal));
            return cut >= 0 && cut + 1 < headline ? lines[cut + 1]
                : headline + 1 < lines.Count && !WarningBody().IsMatch(lines[headline + 1].Text) ? lines[headline + 1] : null;
        }
    }

    // What follows a warning's headline where nothing was said.
    [GeneratedRegex(
        @"^\s*(?:Modules linked|CPU[: ]|Pid: |Hardware name|Call [Tt]race|Backtrace|RIP|EIP|NIP|pc |PC is|Tainted|---\["
            + @"|\[<|Workqueue|x\d|r\d|Stack|Process|[\w.]+\+0x|Kernel panic|RSP|Code|epc|\.\.\.|Krnl|\s*$|Comm: |Exception stack"
            + @"|\?)",
        RegexOptions.CultureInvariant)]
    private static partial Regex WarningBody();

    /// <summary>A line of the log as evidence.</summary>
    public Evidence Quote(LogLine line)
    {
        var time = line.Seconds is { } seconds ? $"[{seconds.ToString("f6", CultureInfo.InvariantCulture),12}] " : "";
        return new Evidence(time + line.Text.TrimEnd(), Log.IsText ? null : "log") { Line = Log.IsText ? line.Number : null };
    }

    /// <summary>What an address belongs to, as evidence.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="what">What it is to the crash: "rdi".</param>
    /// <param name="address">The address.</param>
    public Evidence Place(KernelDump kernel, string what, ulong address) =>
        new($"{what}, 0x{address:x}, is {kernel.Mm.Addresses.Find(address, Task).Summary}", $"kmem {address:x}");

    /// <summary>The backtrace as evidence, or nothing where there is only a log.</summary>
    /// <param name="text">Whose it is.</param>
    public IEnumerable<Evidence> Backtrace(string text) => Kernel is null ? [] : [new(text, BacktraceCommand)];

    /// <summary>A place in the code: "crashme_inner+0xf [crashme]".</summary>
    public static string PlaceOf(StackFrame frame) => frame.Function is not { } function ? $"0x{frame.Address:x}"
        : new CodePlace(function.Name, frame.Offset, null, function.Module).ToString();

    /// <summary>A function and its module: "crashme_inner [crashme]".</summary>
    public static string FunctionOf(StackFrame frame) => frame.Function is not { } function ? $"0x{frame.Address:x}"
        : new CodePlace(function.Name, Module: function.Module).FunctionText;

    /// <summary>A task for a reader: PID 150 "crashme_ab".</summary>
    public static string NameOf(KernelTask task) => NameOf(task.Pid, task.Command);

    /// <summary>A task for a reader.</summary>
    /// <param name="pid">Its PID.</param>
    /// <param name="command">Its command.</param>
    public static string NameOf(int pid, string? command) =>
        string.Create(CultureInfo.InvariantCulture, $"PID {pid}{(command is null ? "" : $" \"{command}\"")}");

    /// <summary>A size for a reader, in pages: "312 MB".</summary>
    public string SizeOfPages(long pages) =>
        string.Create(CultureInfo.InvariantCulture, $"{pages * (double)PageSize / (1 << 20):0.#} MB");

    // Without time stamps, as many lines as a report has.
    private static bool IsNear(LogLine line, LogLine message, double seconds)
    {
        const int LinesWithoutTime = 100;
        return line.Seconds is { } at && message.Seconds is { } end
            ? at >= end - seconds
            : message.Number - line.Number <= LinesWithoutTime;
    }
}
