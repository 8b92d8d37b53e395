using Panicle.Cli.Rendering;
using Panicle.Debuginfo.Finding;

namespace Panicle.Cli.Commands.Symbols;

/// <summary>The options that say where symbols are, the same for everything that uses them.</summary>
internal static class SymbolArguments
{
    /// <summary>The options, for a command's declaration.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [
        Option.Value("--vmlinux", "FILE", "the kernel with its DWARF; it may also stand beside the dump", Completes.Files),
        Option.Value("--modules", "DIR | FILE", "the modules with their DWARF; may be repeated", Completes.Files),
        Option.Value("--source", "DIR", "the kernel's source tree, or OLD=NEW for a path that begins with OLD; may be repeated",
            Completes.Files),
        Option.Flag("--force", "take the files given although their build IDs are others"),
    ];

    /// <summary>What the environment says. Downloads are shown, and stop when the session's command is stopped.</summary>
    public static DebugFileOptions FromEnvironment(Session session) =>
        DebugFileOptions.FromEnvironment(DownloadLine.Show, () => session.Cancellation);

    /// <summary>What was given, beside what the environment says.</summary>
    public static DebugFileOptions From(ParsedArguments arguments, Session session) => FromEnvironment(session) with
    {
        Vmlinux = arguments.Value("--vmlinux"),
        Modules = [.. arguments.Values("--modules")],
        Sources = [.. arguments.Values("--source")],
        Force = arguments.Has("--force"),
    };
}
