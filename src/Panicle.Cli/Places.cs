using Panicle.Kernel.Arch;
using Panicle.Kernel.Sched;

namespace Panicle.Cli;

/// <summary>Places in memory as people type them: <c>ffff9e8982a5af80</c>, <c>0x0</c>, <c>jiffies</c>, <c>init_task+8</c>, <c>runqueues:1</c>.</summary>
internal static class Places
{
    /// <summary>
    /// The address that a word stands for: a symbol, with <c>+OFFSET</c> or <c>-OFFSET</c> or (for a per-CPU variable) <c>:CPU</c>
    /// behind it, or else a hex number with or without 0x. A word in parentheses is taken out of them.
    /// </summary>
    public static ulong Parse(CommandContext context, string word)
    {
        var text = word is ['(', .., ')'] ? word[1..^1].Trim() : word;
        var sign = text.LastIndexOfAny(['+', '-']);
        if (sign <= 0)
            return Base(context, text);
        if (!Numbers.TryParse(text[(sign + 1)..].Trim(), out var offset) && !Numbers.TryParseHex(text[(sign + 1)..].Trim(), out offset))
            throw new CommandException($"'{word}': '{text[(sign + 1)..]}' is no offset");
        var start = Base(context, text[..sign].Trim());
        return text[sign] == '+' ? start + offset : start - offset;
    }

    /// <summary>The user memory of the current task.</summary>
    public static AddressSpace CurrentTaskMemory(this Session session) => session.MemoryOf(session.CurrentTask);

    /// <summary>The user memory of a task.</summary>
    public static AddressSpace MemoryOf(this Session session, KernelTask task)
    {
        var kernel = session.Kernel;
        if (task.Mm == 0)
            throw new CommandException($"{task} has no user memory: {(task.IsKernelThread ? "it is a thread of the kernel" : "it has given it up")}");
        return kernel.Architecture.CreateUserSpace(kernel.Memory, kernel.At(task.Mm, "struct mm_struct")["pgd"].ToUInt64());
    }

    private static ulong Base(CommandContext context, string text)
    {
        if (Numbers.TryParseAddress(text, out var address))
            return address;
        var kernel = context.Session.Kernel;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && kernel.TrySymbolAddress(text[..colon], out var variable))
            return variable + kernel.Cpus.OffsetOf(Numbers.Count(text[(colon + 1)..], "CPU"));
        if (kernel.TrySymbolAddress(text, out address) || Numbers.TryParseHex(text, out address))
            return address;
        throw new CommandException($"'{text}' is neither a symbol nor an address; 'sym -q {text}' searches the symbols");
    }
}
