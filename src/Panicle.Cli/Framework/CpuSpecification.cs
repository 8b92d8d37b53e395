using System.Globalization;

namespace Panicle.Cli;

/// <summary>
/// The CPUs that <c>runqueues:0,2-3</c> names behind its colon: <c>:</c> the current task's, <c>:a</c> all, or a list.
/// </summary>
internal static class CpuSpecification
{
    /// <summary>Splits an operand at the colon that begins a CPU specification; null for the CPUs if it has none.</summary>
    public static (string Text, IReadOnlyList<int>? Cpus) Split(CommandContext context, string operand)
    {
        var colon = operand.LastIndexOf(':');
        // A colon may also belong to C's "?:", or to a file's "::".
        if (colon <= 0 || operand[colon - 1] == ':' || operand.Contains('?', StringComparison.Ordinal))
            return (operand, null);
        return (operand[..colon], Parse(context, operand[(colon + 1)..]));
    }

    private static IReadOnlyList<int> Parse(CommandContext context, string list)
    {
        var cpus = context.Session.Kernel.Cpus;
        if (list.Length == 0)
            return [context.Session.CurrentTask.Cpu];
        if (list is "a" or "all")
            return cpus.Online;
        var named = new SortedSet<int>();
        foreach (var part in list.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var first = Number(dash < 0 ? part : part[..dash], list);
            var last = dash < 0 ? first : Number(part[(dash + 1)..], list);
            var known = cpus.Possible.Where(cpu => cpu >= first && cpu <= last).ToList();
            if (known.Count == 0)
                throw NoSuchCpu(context, part);
            named.UnionWith(known);
        }
        return [.. named];
    }

    /// <summary>The CPUs that an option names, or null without it.</summary>
    /// <exception cref="CommandException">The machine hasn't one of them.</exception>
    public static IReadOnlySet<int>? Named(CommandContext context, ParsedArguments arguments, string option)
    {
        if (arguments.NumberList(option) is not { } named)
            return null;
        var cpus = context.Session.Kernel.Cpus;
        foreach (var cpu in named.Where(cpu => !cpus.Possible.Contains(cpu)).Take(1))
            throw NoSuchCpu(context, $"{cpu}");
        foreach (var cpu in named.Where(cpu => !cpus.Online.Contains(cpu)))
            context.Note($"CPU {cpu} is offline");
        return named;
    }

    private static CommandException NoSuchCpu(CommandContext context, string text)
    {
        var cpus = context.Session.Kernel.Cpus.Possible;
        return new CommandException($"there is no CPU {text}; there are {cpus[0]}-{cpus[^1]}");
    }

    private static int Number(string text, string list) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu)
            ? cpu
            : throw new UsageException($"':{list}' names no CPUs; write ':a', ':0', ':0,2-3'");
}
