using Panicle.Kernel.Arch;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Values;

/// <summary>
/// Places in memory as people type them: <c>ffff9e8982a5af80</c>, <c>0x0</c>, <c>jiffies</c>, <c>init_task+8</c>,
/// <c>runqueues:1</c>, <c>current->mm</c>, <c>(init_task.tasks)</c>.
/// </summary>
internal static class Places
{
    /// <summary>
    /// The address that a word stands for: a symbol, with <c>+OFFSET</c> or <c>-OFFSET</c> in bytes or (for a per-CPU variable)
    /// <c>:CPU</c> behind it, or else a hex number with or without 0x, or else a C expression: its value if that is a number or a
    /// pointer, where it lies if it is a structure. A word in parentheses is taken out of them.
    /// </summary>
    /// <param name="context">The command's context.</param>
    /// <param name="word">What was typed.</param>
    /// <param name="cpu">The CPU whose copies per-CPU variables in an expression stand for; null for the current task's.</param>
    public static ulong Parse(CommandContext context, string word, int? cpu = null)
    {
        var text = word is ['(', .., ')'] ? word[1..^1].Trim() : word;
        if (TryPlain(context, text, out var address))
            return address;
        if (text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && text != "current")
            throw new CommandException($"'{text}' is neither a symbol nor an address; 'sym -q {text}' searches the symbols");
        return CExpressions.AddressOf(CExpressions.Evaluate(context, word, cpu));
    }

    /// <summary>The user memory of the current task.</summary>
    public static AddressSpace CurrentTaskMemory(this Session session) => session.MemoryOf(session.CurrentTask);

    /// <summary>The user memory of a task.</summary>
    public static AddressSpace MemoryOf(this Session session, KernelTask task)
    {
        if (task.Mm == 0)
            throw new CommandException(
                $"{task} has no user memory: {(task.IsKernelThread ? "it is a thread of the kernel" : "it has given it up")}");
        return session.Kernel.Mm.MemoryOf(task);
    }

    private static bool TryPlain(CommandContext context, string text, out ulong address)
    {
        if (TryBase(context, text, out address))
            return true;
        var sign = text.LastIndexOfAny(['+', '-']);
        if (sign <= 0 || !TryBase(context, text[..sign].Trim(), out address)
            || !TryOffset(text[(sign + 1)..].Trim(), out var offset))
            return false;
        address = text[sign] == '+' ? address + offset : address - offset;
        return true;
    }

    private static bool TryOffset(string text, out ulong offset) =>
        Numbers.TryParse(text, out offset) || Numbers.TryParseHex(text, out offset);

    private static bool TryBase(CommandContext context, string text, out ulong address)
    {
        if (Numbers.TryParseAddress(text, out address))
            return true;
        var kernel = context.Session.Kernel;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && kernel.TrySymbolAddress(text[..colon], out var variable))
        {
            address = variable + kernel.Cpus.OffsetOf(Numbers.Count(text[(colon + 1)..], "CPU"));
            return true;
        }
        return kernel.TrySymbolAddress(text, out address) || TryModuleSymbol(kernel, text, out address)
            || Numbers.TryParseHex(text, out address);
    }

    private static bool TryModuleSymbol(Kernel.KernelDump kernel, string name, out ulong address)
    {
        var isKnown = kernel.Symbols.TryFind(name, out var symbol);
        address = symbol.Address;
        return isKnown;
    }
}
