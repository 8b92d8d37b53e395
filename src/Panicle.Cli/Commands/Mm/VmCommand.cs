using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Mm;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Mm;

/// <summary>The address spaces of tasks.</summary>
internal sealed record VmResult(IReadOnlyList<VmTask> Tasks);

/// <summary>
/// A task's address space; Mm is null for a thread of the kernel, which has none. ResidentBytes and TotalBytes are what it has in
/// memory and what it has mapped.
/// </summary>
internal sealed record VmTask(int Pid, Address Task, int? Cpu, string? Command, Address? Mm, Address? Pgd)
{
    public ulong? ResidentBytes { get; init; }
    public ulong? TotalBytes { get; init; }
    public IReadOnlyList<VmArea> Areas { get; init; } = [];
}

/// <summary>
/// A memory area. Flags are VM_* bits, Access as in /proc/PID/maps; File is the mapped file's path, null if there is none; Pages,
/// with -p, its pages.
/// </summary>
internal sealed record VmArea(
    Address Vma, Address Start, Address End, Address Flags, string Access, string? File, IReadOnlyList<VmPage>? Pages);

/// <summary>A page of an area, with its physical address, or the reason why it has none.</summary>
internal sealed record VmPage(Address Virtual, Address? Physical, string? Problem);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(VmResult))]
internal sealed partial class VmJson : JsonSerializerContext;

/// <summary>vm: the memory areas of processes.</summary>
internal sealed class VmCommand : Command<VmResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("vm", "memory areas of a process")
    {
        Options =
        [
            Option.Flag("-p", "each area's pages, with their physical addresses"),
            Option.Value("-R", "REFERENCE", "only areas that hold this address, or whose file's path has this text in it"),
        ],
        Operands = [Operand.Any("PID | TASK", Completes.Tasks)],
        Description = """
            The address space of a task: its mm_struct and page table, how much of it is in memory and how much is mapped, and its
            areas with the address of each vm_area_struct, the flags and the mapped file. Without an operand: the current task.

            With -p a page that has no physical address has the reason in its place: not mapped yet, or where in swap it is.
            """,
        Examples =
        [
            new("vm -R busybox 1", """
                PID: 1        TASK: ffff8adb811f4180  CPU: 1    COMMAND: "init"
                       MM               PGD            RSS   TOTAL_VM
                ffff8adb81055f80  ffff8adb94e78000   1732k      2328k
                      VMA              START         END       FLAGS FILE
                ffff8adb94fcf260        400000       401000  8000071 /bin/busybox
                ffff8adb94fcf5f0        401000       595000  8000075 /bin/busybox
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<VmResult> JsonType => VmJson.Default.VmResult;

    /// <inheritdoc/>
    protected override VmResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var wanted = arguments.Value("-R") is { } reference ? Filter(reference) : _ => true;
        var tasks = arguments.Operands.Count == 0
            ? [context.Session.CurrentTask] : arguments.Operands.Select(context.Session.FindTask);
        var results = new List<VmTask>();
        foreach (var task in tasks)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var read = Read(context, task, wanted, arguments.Has("-p"));
            if (!arguments.Has("-R") || read.Areas.Count > 0)
                results.Add(read);
        }
        return new VmResult(results);
    }

    /// <inheritdoc/>
    protected override void WriteText(VmResult result, View view, TextOutput output)
    {
        for (var i = 0; i < result.Tasks.Count; i++)
        {
            if (i > 0)
                output.Line();
            WriteTask(result.Tasks[i], output);
        }
    }

    private static VmTask Read(CommandContext context, KernelTask task, Func<VmArea, bool> wanted, bool withPages)
    {
        var (kernel, losses) = (context.Session.Kernel, context.Losses);
        var result = new VmTask(task.Pid, task.Address, losses.Try(() => task.Cpu), losses.Try(() => task.Command), null, null);
        if (losses.Try("mm", () => task.Mm) is not { } mm || mm == 0)
            return result;
        var memory = losses.Try("the memory's counters", () => kernel.Sched.Memory.Of(task));
        var areas = kernel.Mm.Areas.Of(mm, losses).Select(area => AreaOf(kernel, area)).Where(wanted);
        return result with
        {
            Mm = mm,
            Pgd = losses.Try("mm_struct.pgd", () => kernel.At(mm, "struct mm_struct")["pgd"].ToUInt64()),
            ResidentBytes = memory?.ResidentPages * kernel.PageSize,
            TotalBytes = memory?.VirtualPages * kernel.PageSize,
            Areas = withPages ? [.. areas.Select(area => WithPages(context, task, area))] : [.. areas],
        };
    }

    private static VmArea AreaOf(KernelDump kernel, VirtualMemoryArea area) => new(
        area.Address, area.Range.Start, area.Range.End, area.Flags, area.Access,
        area.File == 0 ? null : UserAreaTable.FileName(kernel, area.File), null);

    private static VmArea WithPages(CommandContext context, KernelTask task, VmArea area)
    {
        var kernel = context.Session.Kernel;
        var memory = context.Session.MemoryOf(task);
        var pages = new List<VmPage>();
        for (var page = area.Start.Value; page < area.End.Value; page += kernel.PageSize)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var isThere = memory.TryTranslate(page, withSteps: false, out var translation, out var fault);
            pages.Add(new VmPage(page, isThere ? translation.Physical : null, isThere ? null : fault.Detail ?? "not mapped"));
        }
        return area with { Pages = pages };
    }

    private static Func<VmArea, bool> Filter(string reference)
    {
        var isAddress = Numbers.TryParseHex(reference, out var address);
        return area => area.File?.Contains(reference, StringComparison.Ordinal) == true
            || (isAddress && (area.Vma == address || (area.Start.Value <= address && address < area.End.Value)));
    }

    private static void WriteTask(VmTask task, TextOutput output)
    {
        output.Line(TaskHeader.Of(task.Pid, task.Task, task.Cpu, task.Command ?? "?"));
        var head = new TextTable(
            Column.Centred("MM"), Column.Centred("PGD"), Column.Right("RSS", 6), Column.Right("TOTAL_VM", 9));
        head.Row(
            task.Mm?.ToString() ?? "0", task.Pgd?.ToString() ?? (task.Mm is null ? "0" : "?"),
            Kilobytes(task, task.ResidentBytes), Kilobytes(task, task.TotalBytes));
        head.WriteTo(output);
        TextTable? table = null;
        foreach (var area in task.Areas)
        {
            table ??= AreaTable();
            table.Row(
                area.Vma.ToString(), $"{area.Start.Value:x}", $"{area.End.Value:x}", $"{area.Flags.Value:x}", area.File ?? "");
            if (area.Pages is not { } pages)
                continue;
            table.WriteTo(output);
            table = null;
            WritePages(pages, output);
        }
        table?.WriteTo(output);
    }

    private static TextTable AreaTable() => new(
        Column.Centred("VMA"), Column.Right("START  ", 12), Column.Right("END   ", 12, gap: 1), Column.Right("FLAGS", 8, gap: 1),
        Column.Left("FILE", gap: 1));

    private static void WritePages(IReadOnlyList<VmPage> pages, TextOutput output)
    {
        var table = new TextTable(Column.Left("VIRTUAL", 16), Column.Left("PHYSICAL"));
        foreach (var page in pages)
            table.Row($"{page.Virtual.Value:x}", page.Physical is { } physical ? $"{physical.Value:x}" : $"({page.Problem})");
        table.WriteTo(output);
        output.Line();
    }

    private static string Kilobytes(VmTask task, ulong? bytes) =>
        task.Mm is null ? "0k" : bytes is { } known ? $"{known >> 10}k" : "?";
}
