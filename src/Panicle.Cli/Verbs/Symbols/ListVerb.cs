using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Debuginfo.Store;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>The kernels in a store.</summary>
internal sealed record SymbolsListed(string Store, IReadOnlyList<SymbolsKernel> Kernels);

/// <summary>A kernel in the store. Sizes in bytes; the files only where they were asked for.</summary>
internal sealed record SymbolsKernel(
    string Release, IReadOnlyList<string> BuildIds, int Modules, long Stored, long Original, DateTimeOffset LastUsed,
    IReadOnlyList<StoreEntry>? Files);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymbolsListed))]
internal sealed partial class SymbolsListJson : JsonSerializerContext;

/// <summary>symbols list: what is in the store.</summary>
internal sealed class ListVerb : Command<SymbolsListed>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("symbols list", "what is in the store")
    {
        Options = [Stores.Option, Option.Flag("--files", "each file: build ID, what it is, size, where it came from")],
        Operands = [Operand.Any("RELEASE | BUILD-ID")],
        Description = """
            A line for each kernel: its release, its vmlinux's build ID ('-' where only modules are there), how many modules
            have symbols, the space that all of it takes and took before, and the day it was last used. Releases and build IDs
            given may be just their beginnings.
            """,
        Examples =
        [
            new("panicle symbols list", """
                RELEASE                     BUILD ID                                  MODULES      SIZE       WAS  LAST USED
                5.10.0-46-cloud-amd64       256b7d531349c3a14d7071d6679c1bde961fcd09        0   24.9 MB   44.7 MB  2026-11-21
                6.1.0-56-cloud-amd64        3b43fad5034874490492495d552c0af6a5fab235     1122  507.3 MB    1.7 GB  2026-11-21
                6.12.117+deb12-cloud-amd64  7f76f39faf07f34cfa9fadd801e131bfa8cb6dc3     1136    143 MB  165.9 MB  2026-11-21
                /var/lib/panicle/symbols: 675.2 MB
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymbolsListed> JsonType => SymbolsListJson.Default.SymbolsListed;

    /// <inheritdoc/>
    protected override SymbolsListed Execute(CommandContext context, ParsedArguments arguments)
    {
        var store = Stores.From(arguments);
        var kernels = store.Kernels()
            .Where(kernel => arguments.Operands.Count == 0 || arguments.Operands.Any(word => IsMeant(kernel, word)));
        return new SymbolsListed(store.Root, [.. kernels.Select(kernel => new SymbolsKernel(
            kernel.Release, [.. kernel.BuildIds], kernel.Modules, kernel.Stored, kernel.Original, kernel.LastUsed,
            arguments.Has("--files") ? kernel.Entries : null))]);
    }

    /// <inheritdoc/>
    protected override void WriteText(SymbolsListed result, View view, TextOutput output)
    {
        if (result.Kernels.Count == 0)
        {
            output.Line($"{result.Store}: nothing there; 'panicle symbols add' puts something in");
            return;
        }
        if (result.Kernels.Any(kernel => kernel.Files is not null))
        {
            WriteFiles(result, output);
            return;
        }
        var table = new TextTable(Column.Left("RELEASE"), Column.Left("BUILD ID"), Column.Right("MODULES"), Column.Right("SIZE"),
            Column.Right("WAS"), Column.Left("LAST USED"));
        foreach (var kernel in result.Kernels)
            table.Row(kernel.Release, kernel.BuildIds.Count > 0 ? kernel.BuildIds[0] : "-", $"{kernel.Modules}",
                Sizes.Rounded((ulong)kernel.Stored), Sizes.Rounded((ulong)kernel.Original), $"{kernel.LastUsed:yyyy-MM-dd}");
        table.WriteTo(output);
        output.Line($"{result.Store}: {Sizes.Rounded((ulong)result.Kernels.Sum(kernel => kernel.Stored))}");
    }

    private static void WriteFiles(SymbolsListed result, TextOutput output)
    {
        var table = new TextTable(Column.Left("BUILD ID"), Column.Left("KIND"), Column.Left("NAME"), Column.Right("SIZE"),
            Column.Right("WAS"), Column.Left("FROM"));
        foreach (var file in result.Kernels.SelectMany(kernel => kernel.Files ?? []))
        {
            var kind = file.Kind == StoreKind.Debuginfo ? "debuginfo" : "executable";
            var (stored, original) = (Sizes.Rounded((ulong)file.Stored), Sizes.Rounded((ulong)file.Original));
            table.Row(file.BuildId, kind, file.Name, stored, original, file.Origin);
        }
        table.WriteTo(output);
    }

    private static bool IsMeant(StoredKernel kernel, string word) =>
        kernel.Release.StartsWith(word, StringComparison.Ordinal)
            || kernel.Entries.Any(entry => entry.BuildId.StartsWith(word, StringComparison.OrdinalIgnoreCase));
}
