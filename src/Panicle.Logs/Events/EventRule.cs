using System.Text.RegularExpressions;

namespace Panicle.Logs.Events;

/// <summary>Where an event's function is looked for.</summary>
internal enum Blame
{
    /// <summary>In the headline (group <c>f</c>), then in the trace.</summary>
    Headline,

    /// <summary>In the headline alone, wherever that function is.</summary>
    Named,

    /// <summary>Where the CPU was, then in the trace.</summary>
    Pointer,

    /// <summary>In the first function of the trace that can be at fault.</summary>
    Trace,

    /// <summary>In a waiting task's trace.</summary>
    Waiter,

    /// <summary>In what a stuck CPU ran: the operation rather than the function that the timer happened to hit.</summary>
    Stuck,

    /// <summary>The function that called itself over and over; else as for a stuck CPU.</summary>
    Recursion,

    /// <summary>In lockdep's "at:" of the lock that is being taken, then in the trace.</summary>
    Lock,

    /// <summary>Where a lock that is still held was taken, then in the trace.</summary>
    Held,

    /// <summary>In the trace of who had allocated a page, then in the trace.</summary>
    Owner,

    /// <summary>In the trace of who had freed an object, then of who had allocated it, then in the trace.</summary>
    Freed,

    /// <summary>In the trace of who had allocated an object, then in the trace.</summary>
    Allocated,

    /// <summary>In the list of an interrupt's handlers.</summary>
    Handler,

    /// <summary>In the trace of an allocation.</summary>
    Allocation,

    /// <summary>Nowhere: the event isn't a function's.</summary>
    Nothing,
}

/// <summary>How a headline relates to what comes before it.</summary>
internal enum HeadlinePart
{
    /// <summary>It begins an event.</summary>
    Headline,

    /// <summary>It says more of an event whose headline comes before or after: the more specific one names the event.</summary>
    General,

    /// <summary>It stands alone, without a trace.</summary>
    Line,

    /// <summary>As <see cref="Line"/>, unless it is said in the midst of an event that it belongs to.</summary>
    Remark,

    /// <summary>It is one of several lines in a row that tell of one thing, without a trace.</summary>
    Record,

    /// <summary>It ends the machine, mostly because of the event before it.</summary>
    Panic,
}

/// <summary>One form of headline.</summary>
/// <param name="gate">Words that each such line holds: what is searched for in gigabytes of other lines.</param>
/// <param name="pattern">
/// The whole form. Groups: f function, m module, addr fault address, code error code, cpu, pid, comm, file.
/// </param>
/// <param name="kind">The kind.</param>
/// <param name="blame">Where its function is found.</param>
/// <param name="reason">What prints it, and why it is of this kind.</param>
/// <param name="part">How it relates to what comes before it.</param>
/// <param name="except">A form that isn't meant, though it has the other; null if there is none.</param>
internal sealed class EventRule(
    string gate, string pattern, OopsKind kind, Blame blame, string reason, HeadlinePart part = HeadlinePart.Headline,
    string? except = null)
{
    private readonly LinePattern _form = new(pattern);
    private readonly LinePattern? _except = except is null ? null : new(except);

    public string Gate => gate;

    public OopsKind Kind => kind;

    public Blame Blame => blame;

    public string Reason => reason;

    public HeadlinePart Part => part;

    public Match? Match(string text)
    {
        if (!text.Contains(gate, StringComparison.Ordinal))
            return null;
        return _form.Match(text) is { Success: true } match && _except?.IsMatch(text) != true ? match : null;
    }

    /// <summary>What it looks for, and what it doesn't mean.</summary>
    internal IEnumerable<LinePattern> Forms => _except is null ? [_form] : [_form, _except];
}
