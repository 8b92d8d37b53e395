using System.Globalization;
using Panicle.Kernel;
using Panicle.Kernel.Printk;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Time;
using Panicle.Kernel.Unwind;

namespace Panicle.Reports.Findings;

/// <summary>What the rules look at: the dump, and what several of them need of it, read once.</summary>
public sealed class FindingContext
{
    private readonly Lazy<StackTrace?> _trace;
    private readonly Lazy<FaultSite?> _fault;

    internal FindingContext(KernelDump kernel, CancellationToken cancellation)
    {
        Kernel = kernel;
        Cancellation = cancellation;
        _trace = new(() => kernel.Crash.Task is { } task ? kernel.Unwinder.Unwind(task) : null);
        _fault = new(() => FaultSite.Find(this));
        var line = kernel.System.PanicMessage;
        MessageRecord = line is null ? null : LastRecord(text => text.StartsWith(line, StringComparison.Ordinal));
        // Since 6.9 an oops without a headline of its own has "Oops: " before the name of the exception.
        Message = line is null ? "" : line.StartsWith("Oops: ", StringComparison.Ordinal) ? line["Oops: ".Length..] : line;
    }

    /// <summary>The dump.</summary>
    public KernelDump Kernel { get; }

    /// <summary>Stops the work.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The line of the log that says what the kernel died of, without "Oops: "; empty if none does.</summary>
    public string Message { get; }

    /// <summary>The record with <see cref="Message"/>.</summary>
    public LogRecord? MessageRecord { get; }

    /// <summary>The task that was running where the crash was.</summary>
    public KernelTask? Task => Kernel.Crash.Task;

    /// <summary>Its backtrace.</summary>
    public StackTrace? Trace => _trace.Value;

    /// <summary>The instruction that an exception came at; null if the kernel died otherwise.</summary>
    public FaultSite? Fault => _fault.Value;

    /// <summary>The command that shows the crash's backtrace.</summary>
    public const string BacktraceCommand = "bt -p";

    /// <summary>The panic message as evidence, or nothing.</summary>
    public IEnumerable<Evidence> Words => MessageRecord is { } record ? [Quote(record)] : [];

    /// <summary>Whether the kernel died of a panic whose message has this text.</summary>
    public bool PanickedWith(string text) =>
        Message.StartsWith("Kernel panic", StringComparison.Ordinal) && Message.Contains(text, StringComparison.Ordinal);

    /// <summary>The last record of the log that fulfils a condition, or null.</summary>
    public LogRecord? LastRecord(Func<string, bool> matches)
    {
        var records = Kernel.Log.Records;
        for (var i = records.Count - 1; i >= 0; i--)
        {
            if (matches(records[i].Text))
                return records[i];
        }
        return null;
    }

    /// <summary>The records of the last words that fulfil a condition: from a second before the panic message on, oldest first.</summary>
    public IEnumerable<LogRecord> LastWords(Func<string, bool> matches)
    {
        const ulong Second = 1_000_000_000;
        var from = MessageRecord is { } message ? message.Nanoseconds - Math.Min(message.Nanoseconds, Second) : ulong.MaxValue;
        return Kernel.Log.Records.Where(record => record.Nanoseconds >= from && matches(record.Text));
    }

    /// <summary>A line of the log as evidence.</summary>
    public static Evidence Quote(LogRecord record)
    {
        var end = record.Text.IndexOf('\n', StringComparison.Ordinal);
        return new Evidence($"[{Timekeeper.LogTime(record.Nanoseconds)}] {(end < 0 ? record.Text : record.Text[..end])}", "log");
    }

    /// <summary>What an address belongs to, as evidence.</summary>
    /// <param name="what">What it is to the crash: "rdi".</param>
    /// <param name="address">The address.</param>
    public Evidence Place(string what, ulong address) =>
        new($"{what}, 0x{address:x}, is {Kernel.Mm.Addresses.Find(address, Task).Summary}", $"kmem {address:x}");

    /// <summary>A place in the code: "crashme_inner+0xf [crashme]".</summary>
    public static string PlaceOf(StackFrame frame) => frame.Function is not { } function ? $"0x{frame.Address:x}"
        : $"{function.Name}+0x{frame.Offset:x}{(function.Module is null ? "" : $" [{function.Module}]")}";

    /// <summary>A function and its module: "crashme_inner [crashme]".</summary>
    public static string FunctionOf(StackFrame frame) => frame.Function is not { } function ? $"0x{frame.Address:x}"
        : function.Name + (function.Module is null ? "" : $" [{function.Module}]");

    /// <summary>A task for a reader: PID 150 "crashme_ab".</summary>
    public static string NameOf(KernelTask task) => string.Create(CultureInfo.InvariantCulture, $"PID {task.Pid} \"{task.Command}\"");

    /// <summary>A size for a reader, in pages: "312 MB".</summary>
    public static string SizeOfPages(long pages) => string.Create(CultureInfo.InvariantCulture, $"{pages * 4 / 1024.0:0.#} MB");
}
