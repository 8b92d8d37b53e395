using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Cli;

/// <summary>Names from the open dump, for completion. A part of the dump that can't be read completes nothing.</summary>
internal static class CompletionProviders
{
    private static readonly string[] Settings = ["radix", "scroll", "json", "hex", "dec"];
    private static readonly TypeKind[] Kinds = [TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Typedef];

    /// <summary>The providers, by what they provide.</summary>
    public static IReadOnlyDictionary<Completes, Func<string, IEnumerable<string>>> For(Session session) =>
        new Dictionary<Completes, Func<string, IEnumerable<string>>>
        {
            [Completes.Symbols] = prefix => Guard(() => Names(session.Kernel.Symbols.All().Select(s => s.Name), prefix)),
            [Completes.Types] = prefix =>
                Guard(() => Names(Kinds.SelectMany(session.Kernel.Types.All).Select(t => t.Name), prefix)),
            [Completes.Tasks] = prefix => Guard(() => Names(session.Kernel.Tasks.All.Select(t => $"{t.Pid}"), prefix)),
            [Completes.Modules] = prefix => Guard(() => Names(session.Kernel.Modules.All.Select(m => m.Name), prefix)),
            [Completes.Settings] = prefix => Names(Settings, prefix),
        };

    private static List<string> Names(IEnumerable<string> names, string prefix) =>
        [.. names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Take(Completer.MaxCandidates)];

    private static List<string> Guard(Func<List<string>> names)
    {
        try
        {
            return names();
        }
        catch (Exception e) when (e is KernelReadException or CommandException)
        {
            return [];
        }
    }
}
