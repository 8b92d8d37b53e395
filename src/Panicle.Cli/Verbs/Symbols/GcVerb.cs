using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Debuginfo.Store;
using Panicle.Dumps;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>What was removed, or would be. Sizes in bytes.</summary>
internal sealed record SymbolsCleaned(
    string Store, bool IsDone, IReadOnlyList<SymbolsRemoved> Removed, int Kept, long Freed, long Left);

/// <summary>A kernel that was removed, and why.</summary>
internal sealed record SymbolsRemoved(string Release, long Stored, DateTimeOffset LastUsed, string Why);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymbolsCleaned))]
internal sealed partial class SymbolsGcJson : JsonSerializerContext;

/// <summary>symbols gc: removes kernels from the store.</summary>
internal sealed class GcVerb : Command<SymbolsCleaned>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("symbols gc", "remove kernels that nobody needs from the store")
    {
        Options =
        [
            Stores.Option,
            Option.Number("--unused", "DAYS", "remove kernels that nobody has asked for in this many days"),
            Option.Size("--max-size", "remove those not used for longest until the store takes no more (50G)"),
            Option.Value("--keep", "FILE",
                "remove kernels whose release or build ID no line of the file begins with (-: standard input)", Completes.Files),
            Option.Flag("--dry-run", "only say what would be removed"),
        ],
        Description = """
            A kernel is removed with all its modules. What was used last is known from the files' times: analysing a dump with
            the store, and fetching from 'symbols serve', count. --keep takes a list of the kernels that machines still run, such
            as 'uname -r' of each of them. Where several options are given, each removes what it says.
            """,
        Examples =
        [
            new("panicle symbols gc --unused 365 --max-size 50G --dry-run", """
                RELEASE                   SIZE  LAST USED   WHY
                5.10.0-46-cloud-amd64  24.9 MB  2025-06-01  not used for 538 days
                /var/lib/panicle/symbols: 1 kernels would be removed, 24.9 MB; 3 stay, 690.7 MB
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymbolsCleaned> JsonType => SymbolsGcJson.Default.SymbolsCleaned;

    /// <inheritdoc/>
    protected override SymbolsCleaned Execute(CommandContext context, ParsedArguments arguments)
    {
        if (!arguments.Has("--unused") && !arguments.Has("--max-size") && !arguments.Has("--keep"))
            throw new UsageException("say what to remove: --unused DAYS, --max-size SIZE, --keep FILE");
        var store = Stores.From(arguments);
        var kernels = store.Kernels().OrderBy(kernel => kernel.LastUsed).ToList();
        var removed = Choose(kernels, arguments);
        if (!arguments.Has("--dry-run"))
        {
            foreach (var kernel in kernels.Where(removed.ContainsKey))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                store.Remove(kernel);
            }
        }
        var freed = removed.Keys.Sum(kernel => kernel.Stored);
        return new SymbolsCleaned(store.Root, !arguments.Has("--dry-run"),
            [.. removed.Select(pair => new SymbolsRemoved(pair.Key.Release, pair.Key.Stored, pair.Key.LastUsed, pair.Value))],
            kernels.Count - removed.Count, freed, kernels.Sum(kernel => kernel.Stored) - freed);
    }

    /// <inheritdoc/>
    protected override void WriteText(SymbolsCleaned result, View view, TextOutput output)
    {
        var table = new TextTable(Column.Left("RELEASE"), Column.Right("SIZE"), Column.Left("LAST USED"), Column.Left("WHY"));
        foreach (var kernel in result.Removed)
            table.Row(kernel.Release, Sizes.Rounded((ulong)kernel.Stored), $"{kernel.LastUsed:yyyy-MM-dd}", kernel.Why);
        if (result.Removed.Count > 0)
            table.WriteTo(output);
        output.Line(
            $"{result.Store}: {result.Removed.Count} kernels {(result.IsDone ? "removed" : "would be removed")}, "
                + $"{Sizes.Rounded((ulong)result.Freed)}; {result.Kept} stay, {Sizes.Rounded((ulong)result.Left)}");
    }

    // In the order in which they were last used, the longest ago first.
    private static Dictionary<StoredKernel, string> Choose(List<StoredKernel> kernels, ParsedArguments arguments)
    {
        var removed = new Dictionary<StoredKernel, string>();
        if (arguments.Value("--keep") is { } file)
        {
            var kept = ReadLines(file);
            foreach (
                var kernel in kernels.Where(kernel => !kept.Any(line => kernel.Release.StartsWith(line, StringComparison.Ordinal)
                    || kernel.BuildIds.Any(id => id.StartsWith(line, StringComparison.Ordinal)))))
                removed[kernel] = $"not in {file}";
        }
        if (arguments.Number("--unused") is { } days)
        {
            var limit = DateTimeOffset.UtcNow.AddDays(-days);
            foreach (var kernel in kernels.Where(kernel => kernel.LastUsed < limit))
                removed.TryAdd(kernel, string.Create(CultureInfo.InvariantCulture,
                    $"not used for {(DateTimeOffset.UtcNow - kernel.LastUsed).TotalDays:f0} days"));
        }
        if (arguments.Size("--max-size") is { } most)
        {
            var left = kernels.Where(kernel => !removed.ContainsKey(kernel)).Sum(kernel => kernel.Stored);
            foreach (var kernel in kernels.Where(kernel => !removed.ContainsKey(kernel)).ToList())
            {
                if (left <= (long)Math.Min(most, long.MaxValue))
                    break;
                left -= kernel.Stored;
                removed[kernel] = $"the store takes more than {arguments.Value("--max-size")}";
            }
        }
        return removed;
    }

    private static List<string> ReadLines(string file)
    {
        try
        {
            using var reader = file == "-" ? Console.In : new StreamReader(file);
            List<string> lines = [.. reader.ReadToEnd().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
            return lines.Count > 0 ? lines : throw new DumpException($"{file} names no kernel; nothing was removed");
        }
        catch (IOException e)
        {
            throw new DumpException(e.Message, e);
        }
    }
}
