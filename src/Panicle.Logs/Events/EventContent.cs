using System.Text.RegularExpressions;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>What a line within an event is.</summary>
internal enum ContentKind
{
    /// <summary>Nothing of the event's.</summary>
    None,

    /// <summary>It says more of the event, and a headline of the same may follow.</summary>
    Detail,

    /// <summary>A frame, a register, code: headlines are over.</summary>
    Body,

    /// <summary>The event is complete.</summary>
    End,
}

/// <summary>Tells an event's lines from others between them.</summary>
internal static partial class EventContent
{
    public static ContentKind Of(string text) =>
        End().IsMatch(text) ? ContentKind.End
        : Body().IsMatch(text) || TraceLine.TryParse(text, FrameStack.Task, out _) ? ContentKind.Body
        : Detail().IsMatch(text) ? ContentKind.Detail
        : ContentKind.None;

    [GeneratedRegex(@"---\[ end (?:trace|Kernel panic)|^Rebooting in |^Kernel Offset: ", RegexOptions.CultureInvariant)]
    private static partial Regex End();

    [GeneratedRegex(
        @"^\s*(?:[Cc]all [Tt]race:|Call Trace \(|Backtrace:|backtrace:|stack backtrace:|NMI backtrace|RIP: |EIP: |PC is at|pc : "
            + @"|NIP |epc\s*: |Code: |[RE][A-D]X: |x\d+\s*: |r\d+ ?: |GPR\d\d: |Krnl (?:PSW|GPRS))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Body();

    [GeneratedRegex(
        @"^\s*(?:Modules linked in|CPU: |Hardware name|Tainted|Not tainted|""echo 0 > /proc|Workqueue: "
            + @"|</?[A-Z_#]+>|[=-]{8,}|Read of size|Write of size"
            + @"|Allocated (?:by|in)|Freed (?:by|in)|handlers:|rcu: |\(detected by|Possible timer|All QSes seen"
            + @"|\[<[^>]{1,20}>\] \w|Disabling IRQ"
            + @"|The buggy|Memory state|(?:BUG|INFO|WARNING): |Kernel panic|#\d+: |-> #\d|\d+ locks? held"
            + @"|other info|but task |which lock|the existing|Possible unsafe|CR\d: |PGD |P4D |DR\d: |FS: |CS: |PKRU|ORIG_RAX"
            + @"|RSP: |RBP: |R\d\d: |RDX: |[>]?(?:ff|00|f0)[0-9a-f]{6,14}:|Dumping ftrace|SMP |PREEMPT|note: |irq event stamp"
            + @"|(?:hard|soft)irqs last|task: |Stack:|Process |sp : |LR |[a-z]{2,4}\s?:\s?[0-9a-f]{8,16}|Object |Redzone "
            + @"|Padding |Bytes |Uninit was|Last potentially|page:|page dumped|flags: |raw: |unreferenced object|comm ""|hex dump"
            + @"|Showing all locks|Sending NMI|Oops|Internal error|Mem abort info|Data abort info|ESR |user pgtable"
            + @"|\[[0-9a-f]{16}\] pgd|Exception |Unable to handle|Pid: \d|EFLAGS: |ra\s*: |Cause\s*: |BadVA\s*: "
            + @"|\$ ?\d+\s*: |Task dump for CPU|task:|rcu: |\d+-[.!oONnDd?]{2,8}: |\(detected by |EIP is at)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Detail();
}
