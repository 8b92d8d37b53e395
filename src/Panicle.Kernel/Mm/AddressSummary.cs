using Panicle.Kernel.Arch;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>Puts into words what an address belongs to: the most telling answer, in one clause.</summary>
internal static class AddressSummary
{
    public static string Of(AddressInfo info) =>
        NotMemory(info) ?? Stack(info) ?? Task(info) ?? Slab(info.Slab, info.Address) ?? PerCpu(info) ?? Symbol(info)
            ?? Module(info)
        ?? Vmalloc(info) ?? User(info) ?? Page(info)
        ?? (info.WhyNotMapped is null ? $"in the {info.Region}" : $"in the {info.Region}: {info.WhyNotMapped}");

    private static string? NotMemory(AddressInfo info) => info switch
    {
        { IsPhysical: true } => null,
        { IsNull: true } => "a NULL pointer" + (info.Address == 0 ? "" : $" plus 0x{info.Address:x}"),
        { Region.Kind: MemoryRegionKind.NonCanonical } => "not a canonical address: using it faults, whatever is mapped",
        _ => null,
    };

    private static string? Stack(AddressInfo info) => info.Stack switch
    {
        { Task: { } task } stack =>
            $"in the kernel stack of {task}, 0x{info.Address - stack.Range.Start:x} bytes above its low end",
        { } stack => $"on the {stack.Name} stack of CPU {stack.Cpu}",
        null => null,
    };

    private static string? Task(AddressInfo info) =>
        info.Task is { } task ? $"{Into(info.Address - task.Address)}the task_struct of {task}" : null;

    private static string? Slab(SlabPlace? place, ulong address) => place switch
    {
        null => null,
        { Object: null } => $"in the unused end of a slab of cache {place.Cache.Name}",
        { Object: { } start, Free: null } => $"{Into(address - start)}an allocated object of slab cache {place.Cache.Name}",
        { Object: { } start, Free: { } free } =>
            $"{Into(address - start)}a free object of slab cache {place.Cache.Name} ({Waiting(free)})",
    };

    private static string Waiting(FreeObject free) => free.Place switch
    {
        FreeObjectPlace.Cpu => $"kept by CPU {free.Number}",
        FreeObjectPlace.Rcu => $"kept by CPU {free.Number} until RCU readers are done",
        FreeObjectPlace.Node => $"kept by node {free.Number}",
        _ => "on its slab's list",
    };

    private static string? PerCpu(AddressInfo info) => info.PerCpu switch
    {
        { Variable: { } variable } place => $"{Into(place.Pointer - variable.Address)}CPU {place.Cpu}'s copy of {variable.Name}",
        { } place => $"in per-CPU memory of CPU {place.Cpu}, at per-CPU address 0x{place.Pointer:x}",
        null => null,
    };

    private static string? Symbol(AddressInfo info) =>
        info.Symbol is { } symbol ? CodePlace.Of(symbol, info.Address).ToString() : null;

    private static string? Module(AddressInfo info) =>
        info.Module is { } module ? $"in the {info.ModuleRegion?.Name} of module {module.Name}" : null;

    private static string? Vmalloc(AddressInfo info) => info.Vmalloc switch
    {
        { } area when area.Guard.Contains(info.Address) => $"the guard page behind the {area.Use} area at 0x{area.Range.Start:x}",
        { } area => $"{Into(info.Address - area.Range.Start)}the {area.Use} area of {area.Range.Length} bytes",
        null when info is { Region.Kind: MemoryRegionKind.Vmalloc, Physical: null } =>
            "in a gap of the vmalloc space: nothing is mapped there",
        null => null,
    };

    private static string? User(AddressInfo info) => info.Region.Kind == MemoryRegionKind.User && info.Process is { } process
        ? info.Area is { } area ? $"user memory of {process}: {area.Range} {area.Access}" : $"no memory of {process}"
        : null;

    private static string? Page(AddressInfo info) => info switch
    {
        { DescribedPage: { } described } => $"the struct page of physical address 0x{described.Physical:x}",
        { Free: { } free } => $"a free page, in a block of {1 << free.Order}",
        { Page: { } page } =>
            $"{(info.IsPhysical ? "" : $"in the {info.Region}: ")}the page at physical address 0x{page.Physical:x}, {Use(page)}",
        _ => null,
    };

    private static string Use(PageDescriptor page) => page switch
    {
        { HeadAddress: not 0 } => "part of a larger one",
        { RefCount: 0 } => "without a reference",
        { RefCount: 1 } => "with one reference",
        _ => $"with {page.RefCount} references",
    };

    private static string Into(ulong offset) => offset == 0 ? "" : $"{offset} bytes into ";
}
