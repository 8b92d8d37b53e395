namespace Panicle.Kernel.Printk;

/// <summary>Finds the line of the log that says why the machine died.</summary>
internal static class PanicMessage
{
    private const string Panic = "Kernel panic - not syncing";

    // Where a panic merely follows from an oops, the oops's own first line says more.
    private const string PanicAfterOops = "Kernel panic - not syncing: Fatal exception";

    // How the kernel begins an oops: arch/x86/kernel/traps.c and dumpstack.c, arch/x86/mm/fault.c, lib/bug.c, kernel/panic.c.
    private static readonly string[] Beginnings =
    [
        "BUG: ", "kernel BUG at ", "general protection fault", "divide error", "invalid opcode", "double fault", "int3",
        "stack segment", "segment not present", "alignment check", "Oops: ", "Unable to handle kernel", "Internal error: ",
        "traps: PANIC", "PANIC: ", "NMI watchdog: ", "watchdog: BUG",
    ];

    public static string? Find(KernelLog log)
    {
        var panic = Last(log, text => text.StartsWith(Panic, StringComparison.Ordinal));
        if (panic is not null && !panic.StartsWith(PanicAfterOops, StringComparison.Ordinal))
            return panic;
        return LastOops(log) ?? panic ?? Last(log, text => text.StartsWith("sysrq: Trigger a crash", StringComparison.Ordinal));
    }

    // The lines of one oops follow each other ("BUG: …", then "Oops: …"): the first of the last group is wanted.
    private static string? LastOops(KernelLog log)
    {
        string? found = null;
        var foundAt = -1;
        for (var i = 0; i < log.Records.Count; i++)
        {
            var text = FirstLine(log.Records[i].Text);
            if (!Beginnings.Any(beginning => text.StartsWith(beginning, StringComparison.Ordinal)))
                continue;
            const int SameOops = 10;
            if (found is null || i - foundAt > SameOops)
                found = text;
            foundAt = i;
        }
        return found;
    }

    private static string? Last(KernelLog log, Func<string, bool> matches)
    {
        for (var i = log.Records.Count - 1; i >= 0; i--)
        {
            if (matches(log.Records[i].Text))
                return FirstLine(log.Records[i].Text);
        }
        return null;
    }

    private static string FirstLine(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
