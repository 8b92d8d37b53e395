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
            foreach (var cpu in cpus.Possible)
            {
                if (cpu >= first && cpu <= last)
                    named.Add(cpu);
            }
        }
        return named.Count > 0 ? [.. named]
            : throw new CommandException($"there is no CPU {list}; there are {cpus.Possible[0]}-{cpus.Possible[^1]}");
    }

    private static int Number(string text, string list) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu)
            ? cpu
            : throw new UsageException($"':{list}' names no CPUs; write ':a', ':0', ':0,2-3'");
}
