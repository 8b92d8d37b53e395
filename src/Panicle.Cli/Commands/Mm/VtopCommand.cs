using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Mm;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Mm;

internal sealed record VtopResult(IReadOnlyList<VtopEntry> Addresses);

/// <summary>
/// One address. Space is "kernel" or "user"; Root the top-level table; Entry the one that maps it, and Flags its bits;
/// PageSize in bytes. Problem says why there is no physical address, or what of the walk could not be read.
/// </summary>
internal sealed record VtopEntry(
    Address Virtual, Address? Physical, string Space, int? Pid, Address? Root, IReadOnlyList<VtopStep> Steps, ulong? PageSize,
    IReadOnlyList<string> Flags, VtopArea? Area, PageRow? Page, string? Problem)
{
    /// <summary>Bytes in a page of the machine; <see cref="PageSize"/> is larger where a large page maps the address.</summary>
    [JsonIgnore]
    public ulong SmallPageSize { get; init; }
}

/// <summary>A page-table entry. Level is PGD, P4D, PUD, PMD or PTE; At its physical address.</summary>
internal sealed record VtopStep(string Level, Address At, Address Entry);

/// <summary>
/// The memory area of a process that holds a user address. File is the mapped file's path, null if there is none.
/// </summary>
internal sealed record VtopArea(Address Vma, Address Start, Address End, Address Flags, string? File);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(VtopResult))]
internal sealed partial class VtopJson : JsonSerializerContext;

/// <summary>vtop: virtual to physical.</summary>
internal sealed class VtopCommand : Command<VtopResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("vtop", "virtual to physical addresses, with the page tables")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Flag("-u", "the address is one of user space"),
            Option.Flag("-k", "the address is the kernel's"),
            Option.Value("-c", "PID | TASK", "a user address of this task", Completes.Tasks),
        ],
        OneOf = [new("-u", "-k", "-c")],
        Operands = [Operand.Some("ADDRESS | SYMBOL", Completes.Symbols)],
        Description = """
            Walks the page tables of the kernel, or for an address of user space those of the current task, and shows each
            entry on the way, the flags of the last one, the task's memory area, and the page.

            A kernel address that lies linearly in memory (the kernel image, the direct map) is translated even where its
            page tables are not in the dump.
            """,
        Examples =
        [
            new("vtop ff4945e700000000", """
                VIRTUAL           PHYSICAL        
                ff4945e700000000  3e202000        

                PGD DIRECTORY: ffffffffb5c10000
                PAGE DIRECTORY: 1000067
                   P4D: 1000458 => 11a3067
                   PUD: 11a3ce0 => 11a6067
                   PMD: 11a6000 => 11a7067
                   PTE: 11a7000 => 800000003e202163
                  PAGE: 3e202000

                      PTE         PHYSICAL  FLAGS
                800000003e202163  3e202000  (PRESENT|RW|ACCESSED|DIRTY|GLOBAL|NX)

                      PAGE       PHYSICAL      MAPPING       INDEX CNT FLAGS
                ff95db3480f88080 3e202000                0        0  1 fffffc0001000 reserved
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<VtopResult> JsonType => VtopJson.Default.VtopResult;

    /// <inheritdoc/>
    protected override VtopResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var session = context.Session;
        var task = arguments.Value("-c") is { } name ? session.FindTask(name) : null;
        return new VtopResult(
            [.. arguments.Operands.Select(operand => Translate(context, Places.Parse(context, operand), task, arguments))]);
    }

    /// <inheritdoc/>
    protected override void WriteText(VtopResult result, View view, TextOutput output)
    {
        for (var i = 0; i < result.Addresses.Count; i++)
        {
            if (i > 0)
                output.Line();
            WriteEntry(result.Addresses[i], output);
        }
    }

    private static VtopEntry Translate(CommandContext context, ulong address, KernelTask? task, ParsedArguments arguments)
    {
        var session = context.Session;
        var isUser = !arguments.Has("-k") && (arguments.Has("-u") || !session.Kernel.Memory.IsKernelAddress(address));
        return isUser ? User(context, address, task ?? session.CurrentTask) : Kernel(session.Kernel, address);
    }

    private static VtopEntry Kernel(KernelDump kernel, ulong address)
    {
        var entry = Walk(kernel, kernel.Memory, address) with { Space = "kernel", Root = kernel.Memory.RootTable };
        // Linear ranges need no tables: they are translated even where a table can't be read.
        return entry.Physical is null && entry.Steps.Count == 0 && kernel.Memory.TryPhysical(address, out var physical)
            ? entry with { Physical = physical, Page = PageRow.OfPhysical(kernel, physical) }
            : entry;
    }

    private static VtopEntry User(CommandContext context, ulong address, KernelTask task)
    {
        var kernel = context.Session.Kernel;
        var memory = context.Session.MemoryOf(task);
        var area = kernel.Mm.Areas.Of(task.Mm, context.Losses).Where(area => area.Range.Contains(address))
            .Select(area => AreaOf(kernel, area)).FirstOrDefault();
        Address? root = kernel.Memory.TryPhysical(kernel.At(task.Mm, "struct mm_struct")["pgd"].ToUInt64(), out var table)
            ? table
            : null;
        return Walk(kernel, memory, address) with { Space = "user", Pid = task.Pid, Root = root, Area = area };
    }

    private static VtopEntry Walk(KernelDump kernel, AddressSpace memory, ulong address)
    {
        var mapped = memory.TryTranslate(address, withSteps: true, out var translation, out var fault);
        var steps = translation.Steps ?? [];
        Address? physical = mapped ? translation.Physical : null;
        return new VtopEntry(
            address, physical, "", null, null, [.. steps.Select(step => new VtopStep(step.Level, step.EntryAddress, step.Entry))],
            mapped ? translation.PageSize : null, steps.Count > 0 ? kernel.Architecture.FlagsOf(steps[^1]) : [], null,
            mapped ? PageRow.OfPhysical(kernel, translation.Physical) : null, mapped ? null : fault.ToString())
        {
            SmallPageSize = kernel.PageSize,
        };
    }

    private static VtopArea AreaOf(KernelDump kernel, VirtualMemoryArea area) =>
        new(area.Address, area.Range.Start, area.Range.End, area.Flags,
            area.File == 0 ? null : UserAreaTable.FileName(kernel, area.File));

    private static void WriteEntry(VtopEntry entry, TextOutput output)
    {
        var isUser = entry.Space == "user";
        var virtualText = isUser ? entry.Virtual.Value.ToString("x") : entry.Virtual.ToString();
        var table = new TextTable(Column.Left("VIRTUAL", 10), Column.Left("PHYSICAL", 16)) { KeepsBlanks = true };
        table.Row(virtualText, entry.Physical is { } known ? known.Value.ToString("x") : "(not mapped)");
        table.WriteTo(output);
        output.Line();
        WriteSteps(entry, output);
        if (entry.Problem is not null)
            output.Line($"  ({entry.Problem})");
        if (entry.Flags.Count > 0)
            WriteFlags(entry, output);
        if (entry.Area is { } area)
        {
            output.Line();
            UserAreaTable.Write("FILE", area.Vma, area.Start, area.End, area.Flags, area.File, output);
        }
        if (entry.Page is { } page)
        {
            output.Line();
            page.Write(output);
        }
    }

    private static void WriteSteps(VtopEntry entry, TextOutput output)
    {
        var isUser = entry.Space == "user";
        if (!isUser)
            output.Line($"PGD DIRECTORY: {(entry.Root is { } root ? root.ToString() : "(unknown)")}");
        foreach (var step in entry.Steps)
        {
            output.Line(!isUser && step == entry.Steps[0]
                ? $"PAGE DIRECTORY: {step.Entry.Value:x}"
                : $"   {step.Level}: {step.At.Value:x} => {step.Entry.Value:x}");
        }
        if (entry is { Physical: { } physical, Problem: null })
        {
            var bytes = entry.PageSize ?? entry.SmallPageSize;
            var size = bytes <= entry.SmallPageSize ? "" : bytes >= 1 << 30 ? $"  ({bytes >> 30}GB)" : $"  ({bytes >> 20}MB)";
            output.Line($"  PAGE: {physical.Value & ~(bytes - 1):x}{size}");
        }
    }

    private static void WriteFlags(VtopEntry entry, TextOutput output)
    {
        var last = entry.Steps[^1];
        var physical = entry.Physical is { } known ? (known.Value & ~(entry.SmallPageSize - 1)).ToString("x") : "-";
        var table = new TextTable(Column.Centred("PTE", 0), Column.Right("PHYSICAL"), Column.Left("FLAGS"));
        table.Row(last.Entry.Value.ToString("x"), physical, $"({string.Join('|', entry.Flags)})");
        output.Line();
        table.WriteTo(output);
    }
}
