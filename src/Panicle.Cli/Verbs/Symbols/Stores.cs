using Panicle.Debuginfo.Finding;
using Panicle.Debuginfo.Store;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>The option of all verbs that work on the store.</summary>
internal static class Stores
{
    public static Option Option { get; } = Option.Value(
        "--store", "DIR",
        "the store (default: PANICLE_SYMBOLS, or root's /var/lib/panicle/symbols, or ~/.local/share/panicle/symbols)",
        Completes.Files);

    /// <summary>The store that was named, or the default one.</summary>
    public static SymbolStore From(ParsedArguments arguments) => new(arguments.Value("--store") ?? StorePlaces.Own);
}
