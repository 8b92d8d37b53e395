using Panicle.Kernel.Mm;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// What an address belongs to. Summary says it in a clause; what doesn't apply is null. Region is the part of the address space.
/// </summary>
internal sealed record KmemAddress(
    Address Address, bool IsPhysical, string Region, string Summary, Address? Physical, string? Problem, KmemSymbol? Symbol,
    string? Module, string? ModuleRegion, KmemCache? Cache, KmemSlab? Slab, Address? Object, bool? IsAllocated, KmemTask? Task,
    KmemStack? Stack, KmemPerCpu? PerCpu, KmemVmallocArea? Vmalloc, bool IsGuard, KmemUserArea? Area, KmemFreeBlock? FreeBlock,
    PageRow? Page, PageRow? DescribedPage)
{
    /// <summary>Puts into records what was found out about an address.</summary>
    public static KmemAddress Of(CommandContext context, AddressInfo info)
    {
        var kernel = context.Session.Kernel;
        var slab = info.Slab;
        return new KmemAddress(
            info.Address, info.IsPhysical, info.Region.Name, info.Summary,
            info.Physical is { } physical ? (Address)physical : null, info.WhyNotMapped,
            info.Symbol is { } symbol
                ? new KmemSymbol(symbol.Name, symbol.Type, info.Address - symbol.Address, symbol.Module)
                : null,
            info.Module?.Name, info.ModuleRegion?.Name,
            slab is null ? null : KmemCache.Of(context, slab.Cache),
            slab is null ? null : KmemSlab.Of(context, slab.Cache, slab.Slab, null, address => address == slab.Object),
            slab?.Object is { } start ? (Address)start : null, slab?.Object is null ? null : slab.Free is null,
            info.Task is { } task ? KmemTask.Of(task) : null,
            info.Stack is { } stack
                ? new KmemStack(stack.Name, stack.Range.Start, stack.Range.End,
                    stack.Task is { } owner ? KmemTask.Of(owner) : null, stack.Cpu)
                : null,
            info.PerCpu is { } perCpu
                ? new KmemPerCpu(perCpu.Cpu, perCpu.Pointer, perCpu.Variable?.Name,
                    perCpu.Variable is { } variable ? perCpu.Pointer - variable.Address : 0)
                : null,
            info.Vmalloc is { } area ? KmemVmallocArea.Of(kernel, area) : null,
            info.Vmalloc?.Guard.Contains(info.Address) ?? false,
            info.Area is { } user
                ? new KmemUserArea(user.Address, user.Range.Start, user.Range.End, user.Access, user.Flags)
                : null,
            info.Free is { } free ? new KmemFreeBlock(free.FirstFrame << kernel.PageShift, free.Order) : null,
            info.Page is { } page ? PageRow.Of(kernel, page) : null,
            info.DescribedPage is { } described ? PageRow.Of(kernel, described) : null);
    }

    /// <summary>
    /// Writes the tables that crash does, each where it applies, after a sentence that says what the address is.
    /// </summary>
    public void Write(TextOutput output)
    {
        output.Line($"{(IsPhysical ? $"physical 0x{Address.Value:x}" : Address.ToString())}: {Summary}");
        if (Symbol is { } symbol)
        {
            var offset = symbol.Offset == 0 ? "" : $"+{symbol.Offset}";
            var module = symbol.Module is null ? "" : $" [{symbol.Module}]";
            output.Line($"{Address} ({symbol.Type}) {symbol.Name}{offset}{module}");
        }
        Slab?.WriteWith(Cache!, output);
        Task?.Write(output);
        if (Stack?.Task is { } owner)
            owner.Write(output);
        if (Vmalloc is { } area)
            KmemVmallocArea.Write([area], output);
        if (Area is { } user)
            UserAreaTable.Write("", user.Vma, user.Start, user.End, user.Flags, $" {user.Access}", output);
        if (FreeBlock is { } block)
            output.Line($"FREE BLOCK: physical {block.Start.Value:x}, {1 << block.Order} pages (order {block.Order})");
        WritePage(DescribedPage ?? Page, output);
    }

    private static void WritePage(PageRow? page, TextOutput output)
    {
        if (page is null)
            return;
        output.Line();
        page.Write(output);
    }
}

/// <summary>The symbol that covers an address: Offset bytes into it.</summary>
internal sealed record KmemSymbol(string Name, char Type, ulong Offset, string? Module);

internal sealed record KmemTask(int Pid, Address Task, string Command, int Cpu, string State)
{
    public static KmemTask Of(KernelTask task) => new(task.Pid, task.Address, task.Command, task.Cpu, task.State.Name);

    /// <summary>Writes the task as crash does.</summary>
    public void Write(TextOutput output)
    {
        output.Line($"    PID: {Pid}");
        output.Line($"COMMAND: \"{Command}\"");
        output.Line($"   TASK: {Task}");
        output.Line($"    CPU: {Cpu}");
        output.Line($"  STATE: {State}");
    }
}

/// <summary>A kernel stack: of a task, or a CPU's stack for interrupts or an exception.</summary>
internal sealed record KmemStack(string Name, Address Start, Address End, KmemTask? Task, int? Cpu);

/// <summary>
/// A place in a CPU's own memory. Pointer is its address as all CPUs know it; Variable is null for what was allocated.
/// </summary>
internal sealed record KmemPerCpu(int Cpu, Address Pointer, string? Variable, ulong Offset);

/// <summary>A memory area of a process.</summary>
internal sealed record KmemUserArea(Address Vma, Address Start, Address End, string Access, Address Flags);

/// <summary>A free block of 2^Order pages.</summary>
internal sealed record KmemFreeBlock(Address Start, int Order);
