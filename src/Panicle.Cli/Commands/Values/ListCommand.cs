using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel.Values;

namespace Panicle.Cli.Commands.Values;

/// <summary>The structures on a list.</summary>
internal sealed record ListResult(IReadOnlyList<ListEntry> Entries);

/// <summary>A structure's address, and what was asked for of it: one object for each -s.</summary>
internal sealed record ListEntry(Address Address, IReadOnlyList<ListObject> Objects);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ListResult))]
internal sealed partial class ListJson : JsonSerializerContext;

/// <summary>list: the structures on a linked list.</summary>
internal sealed class ListCommand : Command<ListResult>
{
    private const ulong PrevOffset = 8;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("list", "structures on a linked list")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Value("-o", "OFFSET", "of the pointer to the next structure: bytes, or struct.member"),
            Option.Value("-e", "END", "address at which the list ends"),
            Option.Value("-s", "STRUCT[.MEMBER[,MEMBER]]", "show each structure, or members of it"),
            Option.Value("-S", "STRUCT[.MEMBER[,MEMBER]]", "the same as -s"),
            Option.Value("-l", "OFFSET", "with -s: the list's addresses are those of this member"),
            Option.Flag("-h", "the start is a structure on a list_head list"),
            Option.Flag("-H", "the start is the head of a list_head list, and no structure"),
            Option.Value("-O", "OFFSET", "with -h: where the head lies in the start, which is of another type and isn't shown"),
            Option.Flag("-r", "backwards (list_head lists)"),
            Option.Flag("-B", "accepted as in crash; circles are always found"),
            Option.Flag("-x", "numbers in hexadecimal"),
            Option.Flag("-d", "numbers in decimal"),
        ],
        OneOf = [new("-h", "-H"), new("-s", "-S"), new("-x", "-d")],
        Operands = [Operand.Required("[OFFSET] START", Completes.Symbols), Operand.Optional("START", Completes.Symbols)],
        Description = """
            Follows a list and prints the address of each structure on it. OFFSET is where in a structure the pointer to the next
            one lies, "task_struct.tasks" or a number of bytes; without it, at the start.

            A plain list's pointers lead from structure to structure. The kernel's list_head lists lead from list_head to
            list_head: with -H and the address of the head, or -h and that of a structure on the list, the addresses are those of
            the structures. START is an address, a symbol or an expression.

            A list ends at NULL, where it began, or at -e END. Where it breaks or runs in a circle a note says so.
            """,
        Examples =
        [
            new("list -H modules -o module.list -s module.name", """
                ffffffffc041f2c0
                  name = "qemu_fw_cfg",
                ffffffffc0414340
                  name = "virtio_blk",
                ffffffffc04071c0
                  name = "virtio_pci",
                ...
                """, "The loaded modules."),
            new("list task_struct.tasks -h init_task -s task_struct.pid,comm", """
                ffffffffb5c1aa40
                  pid = 0,
                  comm = "swapper/0",
                ff2e6e85811f4180
                  pid = 1,
                  comm = "init",
                ...
                """, "Every process."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ListResult> JsonType => ListJson.Default.ListResult;

    /// <inheritdoc/>
    protected override ListResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var offsetText = arguments.Value("-o") ?? (arguments.Operands.Count > 1 ? arguments.Operands[0] : null);
        var offset = offsetText is null ? 0 : TypeSelection.OffsetOf(kernel, offsetText);
        var start = Places.Parse(context, arguments.Operands[^1]);
        var inside = arguments.Value("-l") is { } member ? TypeSelection.OffsetOf(kernel, member) : 0;
        var selections = arguments.Values("-s").Concat(arguments.Values("-S")).Select(text =>
            TypeSelection.Parse(kernel, text)).ToList();

        var entries = new List<ListEntry>();
        foreach (var address in Walk(context, arguments, start, offset))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            entries.Add(new ListEntry(
                address, [.. selections.Select(selection => ListObject.Read(kernel, selection, address - inside))]));
        }
        return new ListResult(entries);
    }

    /// <inheritdoc/>
    protected override void WriteText(ListResult result, View view, TextOutput output)
    {
        if (result.Entries.Count == 0)
            output.Line("(empty)");
        foreach (var entry in result.Entries)
        {
            output.Line(entry.Address.ToString());
            foreach (var shown in entry.Objects)
                shown.Object.WriteTo(output, shown.Type, view);
        }
    }

    private static IEnumerable<ulong> Walk(CommandContext context, ParsedArguments arguments, ulong start, ulong offset)
    {
        var values = context.Session.Kernel.Context;
        var end = arguments.Value("-e") is { } text ? Places.Parse(context, text) : 0;
        var backwards = arguments.Has("-r");
        if (!arguments.Has("-h") && !arguments.Has("-H"))
            return LinkedStructures.Chain(values, start, offset + (backwards ? PrevOffset : 0), end, context.Losses);
        var headOffset = arguments.Value("-O") is { } other
            ? TypeSelection.OffsetOf(context.Session.Kernel, other)
            : arguments.Has("-h") ? offset : 0;
        var others = KernelLists.Nodes(values, start + headOffset, context.Losses, backwards).Select(node => node - offset);
        var all = arguments.Has("-h") && !arguments.Has("-O") ? others.Prepend(start) : others;
        return all.TakeWhile(address => end == 0 || address != end);
    }
}
