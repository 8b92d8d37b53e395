using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Values;

namespace Panicle.Cli.Commands.Values;

/// <summary>The entries of a tree.</summary>
internal sealed record TreeResult(IReadOnlyList<TreeEntry> Entries);

/// <summary>
/// An entry: its address, the first and last index that it stands for (null in a red-black tree), and what was asked for of it.
/// </summary>
internal sealed record TreeEntry(Address Address, ulong? First, ulong? Last, IReadOnlyList<ListObject> Objects);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(TreeResult))]
internal sealed partial class TreeJson : JsonSerializerContext;

/// <summary>tree: the entries of a red-black tree, an xarray or a maple tree.</summary>
internal sealed class TreeCommand : Command<TreeResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("tree", "entries of a red-black tree, xarray or maple tree")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Choice(
                "-t", "KIND", "rbtree (also without -t), xarray, radix or maple", "rbtree", "xarray", "radix", "maple") with
            {
                Synonyms = ["rb", "x", "ra", "m"],
            },
            Option.Value("-r", "OFFSET", "the start is a structure, in which the root lies here: bytes, or struct.member"),
            Option.Value("-o", "OFFSET", "rbtree: of the rb_node in a structure"),
            Option.Value("-s", "STRUCT[.MEMBER[,MEMBER]]", "show each structure, or members of it"),
            Option.Value("-S", "STRUCT[.MEMBER[,MEMBER]]", "the same as -s"),
            Option.Flag("-p", "the index of each entry (xarray, radix), or its first and last (maple)"),
            Option.Flag("-l", "accepted as in crash; the order is always the tree's own, smallest first"),
            Option.Flag("-x", "numbers in hexadecimal"),
            Option.Flag("-d", "numbers in decimal"),
        ],
        OneOf = [new("-s", "-S"), new("-x", "-d")],
        Operands = [Operand.Required("ROOT", Completes.Symbols), Operand.Optional("OFFSET")],
        Description = """
            Prints the address of each entry of a tree, in the tree's order. ROOT is the address of a struct rb_root, rb_root_cached,
            xarray or maple_tree: in hexadecimal, a symbol, or an expression such as "current->mm->mm_mt". crash orders a red-black
            tree by its branches instead, and prints a maple tree's entries in decimal.
            """,
        Examples =
        [
            new("tree -t maple current->mm->mm_mt -s vm_area_struct.vm_start,vm_end -x", """
                ff2e6e85b0538a90
                  vm_start = 0x400000,
                  vm_end = 0x401000,
                ff2e6e85b0538960
                  vm_start = 0x401000,
                  vm_end = 0x585000,
                ...
                """, "The memory areas of the current task (6.1 and later)."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<TreeResult> JsonType => TreeJson.Default.TreeResult;

    /// <inheritdoc/>
    protected override TreeResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var root = Places.Parse(context, arguments.Operands[0]);
        if (arguments.Value("-r") is { } place)
            root += TypeSelection.OffsetOf(kernel, place);
        var selections = arguments.Values("-s").Concat(arguments.Values("-S")).Select(text =>
            TypeSelection.Parse(kernel, text)).ToList();

        var entries = new List<TreeEntry>();
        foreach (var (address, first, last) in Walk(kernel, arguments, root, context.Losses))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            entries.Add(new TreeEntry(
                address, first, last, [.. selections.Select(selection => ListObject.Read(kernel, selection, address))]));
        }
        return new TreeResult(entries);
    }

    /// <inheritdoc/>
    protected override void WriteText(TreeResult result, View view, TextOutput output)
    {
        if (result.Entries.Count == 0)
            output.Line("(empty)");
        foreach (var entry in result.Entries)
        {
            output.Line(entry.Address.ToString());
            if (view.Has("-p") && entry.First is { } first)
            {
                var last = entry.Last is { } end && end != first ? $"-{Number(end, view.IsHex)}" : "";
                output.Line($"  index: {Number(first, view.IsHex)}{last}");
            }
            foreach (var shown in entry.Objects)
                shown.Object.WriteTo(output, shown.Type, view);
        }
    }

    private static string Number(ulong value, bool hex) => hex ? $"0x{value:x}" : $"{value}";

    private static IEnumerable<(ulong Address, ulong? First, ulong? Last)> Walk(
        KernelDump kernel, ParsedArguments arguments, ulong root, Losses losses)
    {
        switch (arguments.Value("-t") ?? "rbtree")
        {
            case "rbtree" or "rb":
                var text = arguments.Value("-o") ?? arguments.Operand(1);
                var offset = text is null ? 0 : TypeSelection.OffsetOf(kernel, text);
                return RedBlackTrees.Nodes(kernel.Context, root, losses)
                    .Select(node => (node - offset, (ulong?)null, (ulong?)null));
            case "xarray" or "x" or "radix" or "ra":
                return XArrays.Entries(kernel.Context, root, losses)
                    .Select(entry => (entry.Entry, (ulong?)entry.Index, (ulong?)entry.Index));
            default:
                return MapleTrees.Entries(kernel.Context, root, losses)
                    .Select(entry => (entry.Entry, (ulong?)entry.First, (ulong?)entry.Last));
        }
    }
}
