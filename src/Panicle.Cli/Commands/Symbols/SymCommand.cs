using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Demangling;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Symbols;

internal sealed record SymResult(IReadOnlyList<SymEntry> Symbols);

/// <summary>
/// A symbol, and the address that was asked for: Offset bytes into it. Type is nm's letter; the module is null for the kernel
/// itself. Source is file and line; it needs debug information and is null without.
/// </summary>
internal sealed record SymEntry(Address Address, char Type, string Name, ulong Offset, ulong Size, string? Module, string? Source)
{
    /// <summary>Why there is no source line, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NoSource { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymResult))]
internal sealed partial class SymJson : JsonSerializerContext;

/// <summary>sym: names for addresses, addresses for names.</summary>
internal sealed class SymCommand : Command<SymResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("sym", "symbols and their addresses")
    {
        Options =
        [
            Option.Flag("-l", "every symbol, by address"),
            Option.Value("-m", "MODULE", "the symbols of a module", Completes.Modules),
            Option.Value("-q", "TEXT", "symbols whose name contains the text"),
            Option.Flag("-p", "also the symbol before"),
            Option.Flag("-n", "also the symbol after"),
        ],
        OneOf = [new("-l", "-m", "-q")],
        Operands = [Operand.Any("ADDRESS | SYMBOL[+OFFSET]", Completes.Symbols)],
        Description = """
            For an address (hex, with or without 0x): the symbol that covers it, the distance from its start (decimal,
            or hex after 'set radix 16'), and nm's letter for what it is: t and T code, d and D data, b and B zeroed
            data, r and R read-only data, a and A absolute. For a name: every symbol of the name; static functions may
            share one. The module follows in brackets, and where debug information can be found, file and line.
            """,
        Examples =
        [
            new("sym ffffffffb48a8a06", """
                ffffffffb48a8a06 (t) sysrq_handle_crash+22  (source lines need the debug information of vmlinux)
                """),
            new("sym jiffies", """
                ffffffffb5c079c0 (D) jiffies
                """),
            new("sym -q sysrq_handle_cr", """
                ffffffffb48a89f0 (t) sysrq_handle_crash
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymResult> JsonType => SymJson.Default.SymResult;

    /// <inheritdoc/>
    protected override SymResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        IEnumerable<SymEntry> entries;
        if (arguments.Value("-q") is { } text)
            entries = kernel.Symbols.All().Where(s => s.Name.Contains(text, StringComparison.Ordinal)).Select(s => Entry(s));
        else if (arguments.Value("-m") is { } module)
            entries = OfModule(kernel, module).Select(s => Entry(s));
        else if (arguments.Has("-l"))
            entries = kernel.Symbols.All().Select(s => Entry(s));
        else if (arguments.Operands.Count > 0)
            entries = arguments.Operands.SelectMany(operand => WithNeighbours(kernel, Find(context, operand), arguments));
        else
            throw new UsageException("ADDRESS | SYMBOL[+OFFSET] is missing");
        return new SymResult([.. Stoppable(entries, context.Cancellation)]);
    }

    /// <inheritdoc/>
    protected override void WriteText(SymResult result, View view, TextOutput output)
    {
        foreach (var symbol in result.Symbols)
        {
            var offset = symbol.Offset == 0 ? "" : view.IsHex ? $"+0x{symbol.Offset:x}" : $"+{symbol.Offset}";
            var module = symbol.Module is null ? "" : $" [{symbol.Module}]";
            var source = symbol.Source is not null ? $" {symbol.Source}"
                : symbol.NoSource is not null ? $"  ({symbol.NoSource})"
                : "";
            output.Line($"{symbol.Address} ({symbol.Type}) {NameDemangler.PathOf(symbol.Name)}{offset}{module}{source}");
        }
    }

    private static IEnumerable<SymEntry> Stoppable(IEnumerable<SymEntry> entries, CancellationToken cancellation) =>
        entries.TakeWhile(_ => !cancellation.IsCancellationRequested);

    private static SymEntry Entry(Symbol symbol, ulong offset = 0) =>
        new(symbol.Address + offset, symbol.Type, symbol.Name, offset, symbol.Size, symbol.Module, null);

    // An address that was asked for, and no name: its source line is of interest.
    private static SymEntry WithSource(CommandContext context, SymEntry entry)
    {
        if (entry.Type is not ('t' or 'T' or 'w' or 'W'))
            return entry;
        var lines = context.Session.Lines;
        return lines.Find(entry.Address.Value) is [{ Name: { } file } frame, ..]
            ? entry with { Source = $"{file}: {frame.Line}" }
            : entry with { NoSource = lines.WhyMissing(entry.Address.Value) };
    }

    private static IEnumerable<Symbol> OfModule(KernelDump kernel, string name)
    {
        var module = kernel.Modules.Find(name) ?? throw new CommandException($"no module '{name}' was loaded");
        return module.Symbols?.All() ?? throw new CommandException($"the dump doesn't have the symbols of {module.Name}");
    }

    private static IReadOnlyList<SymEntry> Find(CommandContext context, string operand)
    {
        var kernel = context.Session.Kernel;
        var plus = operand.IndexOf('+', StringComparison.Ordinal);
        var name = plus > 0 ? operand[..plus] : operand;
        var offset = plus > 0 ? OffsetOf(operand[(plus + 1)..]) : 0;
        var named = kernel.Symbols.FindAll(name).Select(s => Entry(s, offset)).ToList();
        if (named.Count > 0)
            return offset > 0 ? [.. named.Select(entry => WithSource(context, entry))] : named;
        if (!Numbers.TryParseHex(name, out var address))
            throw new CommandException($"there is no symbol '{name}'; 'sym -q TEXT' searches");
        address += offset;
        if (!kernel.Symbols.TryLookup(address, out var symbol))
            throw new CommandException($"no symbol covers {(Address)address}");
        return [WithSource(context, Entry(symbol, address - symbol.Address))];
    }

    private static ulong OffsetOf(string text) =>
        Numbers.TryParse(text, out var offset)
            || ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out offset)
            ? offset
            : throw new UsageException($"'{text}' is no offset");

    private static IEnumerable<SymEntry> WithNeighbours(
        KernelDump kernel, IReadOnlyList<SymEntry> found, ParsedArguments arguments)
    {
        if (!arguments.Has("-p") && !arguments.Has("-n"))
            return found;
        var all = kernel.Symbols.All().ToList();
        return found.SelectMany(entry => Neighbours(all, entry, arguments.Has("-p"), arguments.Has("-n")));
    }

    private static IEnumerable<SymEntry> Neighbours(List<Symbol> all, SymEntry entry, bool before, bool after)
    {
        var start = entry.Address.Value - entry.Offset;
        var index = all.FindIndex(s => s.Address == start && s.Name == entry.Name);
        if (before && index > 0)
            yield return Entry(all[index - 1]);
        yield return entry;
        if (after && index >= 0 && index + 1 < all.Count)
            yield return Entry(all[index + 1]);
    }
}
