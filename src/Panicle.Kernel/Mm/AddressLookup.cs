using Panicle.Kernel.Arch;
using Panicle.Kernel.PerCpu;
using Panicle.Kernel.Sched;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// Finds out what addresses belong to. Each question is answered alone: what can't be read costs its own answer, which is null
/// then, and is told only where it makes another answer doubtful.
/// </summary>
public sealed class AddressLookup
{
    private const int MostFreeOrder = 20;

    private readonly KernelDump _kernel;
    private readonly Lazy<StackPlace[]> _stacks;
    private readonly Lazy<PerCpuAreas> _perCpu;

    internal AddressLookup(KernelDump kernel)
    {
        _kernel = kernel;
        _stacks = new Lazy<StackPlace[]>(FindStacks);
        _perCpu = new Lazy<PerCpuAreas>(() => new PerCpuAreas(kernel));
    }

    /// <summary>What a virtual address belongs to.</summary>
    /// <param name="address">The address.</param>
    /// <param name="process">Whose user memory is meant where it is a user address; null leaves that open.</param>
    /// <param name="losses">Gets the lists of free objects that are broken: then an object's state may be wrong.</param>
    public AddressInfo Find(ulong address, KernelTask? process = null, Losses? losses = null)
    {
        var info = new AddressInfo(address, _kernel.Memory.RegionOf(address)) { IsNull = address < _kernel.PageSize };
        if (info.Region.Kind == MemoryRegionKind.User)
            return FindUser(info, process);
        if (_kernel.Memory.TryTranslate(address, withSteps: false, out var translation, out var fault))
            info = WithPage(info with { Physical = translation.Physical });
        else
            info = info with { WhyNotMapped = fault.ToString() };
        info = info with
        {
            Symbol = Losses.Ignored.Try(() => SymbolOf(address)),
            Stack = Losses.Ignored.Try(() => StackOf(address)),
            PerCpu = Losses.Ignored.Try(() => _perCpu.Value.Find(address)),
            Vmalloc = Losses.Ignored.Try(() => _kernel.Mm.Vmalloc.Containing(address)),
            Slab = info.Region.Kind == MemoryRegionKind.DirectMap
                ? Losses.Ignored.Try(() => SlabOf(address, losses ?? Losses.Ignored))
                : null,
            DescribedPage = info.Region.Kind == MemoryRegionKind.Vmemmap
                ? Losses.Ignored.Try(() => DescribedBy(address))
                : null,
        };
        return WithOwners(info);
    }

    /// <summary>What a physical address belongs to: what the direct map's address of it does.</summary>
    /// <param name="address">The physical address.</param>
    /// <param name="losses">Gets the lists of free objects that are broken.</param>
    public AddressInfo FindPhysical(ulong address, Losses? losses = null)
    {
        if (address >= _kernel.Memory.Physical.Limit)
        {
            return new AddressInfo(address, MemoryRegion.Physical)
            {
                IsPhysical = true,
                WhyNotMapped = "it lies past the end of memory",
            };
        }
        var info = Find(_kernel.Mm.VirtualOf(address), losses: losses);
        return info with { Address = address, IsPhysical = true, Region = MemoryRegion.Physical };
    }

    private AddressInfo WithOwners(AddressInfo info)
    {
        var module = Losses.Ignored.Try(() => _kernel.Modules.Containing(info.Address));
        var task = info.Slab is { Cache.Name: "task_struct", Object: { } start }
            ? start
            : info.Symbol is { Name: "init_task" } symbol ? symbol.Address : 0;
        return info with
        {
            Module = module,
            ModuleRegion = module?.Regions.FirstOrDefault(region => region.Range.Contains(info.Address)),
            Task = task == 0 ? null : Losses.Ignored.Try(() => _kernel.Tasks.All.FirstOrDefault(known => known.Address == task)),
        };
    }

    private AddressInfo FindUser(AddressInfo info, KernelTask? process)
    {
        if (process is null || process.Mm == 0)
            return info with
            {
                Process = process,
                WhyNotMapped = process is null
                ? "no process given"
                : $"{process} has no user memory"
            };
        var area = _kernel.Mm.Areas.Of(process.Mm).Where(area => area.Range.Contains(info.Address))
            .Select(area => (VirtualMemoryArea?)area).FirstOrDefault();
        info = info with { Process = process, Area = area };
        try
        {
            return _kernel.Mm.MemoryOf(process).TryTranslate(info.Address, withSteps: false, out var translation, out var fault)
                ? WithPage(info with { Physical = translation.Physical })
                : info with { WhyNotMapped = fault.ToString() };
        }
        catch (KernelReadException failure)
        {
            return info with { WhyNotMapped = failure.Message };
        }
    }

    private AddressInfo WithPage(AddressInfo info) => Losses.Ignored.Try(() =>
        _kernel.Mm.Pages.TryRead(info.Physical!.Value >> _kernel.PageShift, out var page)
            ? info with { Page = page, Free = FreeBlockOf(page.Frame) }
            : info) ?? info;

    private PageDescriptor? DescribedBy(ulong address) =>
        _kernel.Mm.Pages.TryFrameOf(address, out var frame) && _kernel.Mm.Pages.TryRead(frame, out var page) ? page : null;

    // Only the first page of a free block is marked; its "private" is the block's order.
    private FreePlace? FreeBlockOf(ulong frame)
    {
        var pages = _kernel.Mm.Pages;
        for (var order = 0; order <= MostFreeOrder; order++)
        {
            var first = frame & ~((1UL << order) - 1);
            if (pages.TryRead(first, out var page) && pages.Types.NameOf(page.MapCount) == "buddy"
                && page.Private is <= MostFreeOrder and var size
                && frame - first < 1UL << (int)size)
                return new FreePlace(first, (int)size);
        }
        return null;
    }

    private Symbol? SymbolOf(ulong address) => _kernel.Symbols.TryLookup(address, out var symbol) ? symbol : null;

    private SlabPlace? SlabOf(ulong address, Losses losses)
    {
        if (!_kernel.Mm.Slabs.TryFind(address, out var slab, out var cache))
            return null;
        var free = _kernel.Mm.Slabs.FreeObjectsOf(cache, slab, losses);
        var start = cache.ObjectContaining(slab, address);
        return new SlabPlace(
            cache, slab, start, start is { } known && free.TryGetValue(known, out var place) ? place : null, free.Count);
    }

    private StackPlace? StackOf(ulong address)
    {
        var stacks = _stacks.Value;
        int low = 0, high = stacks.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (stacks[middle].Range.Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 && stacks[low - 1].Range.Contains(address) ? stacks[low - 1] : null;
    }

    private StackPlace[] FindStacks()
    {
        var stacks = new List<StackPlace>();
        foreach (var task in _kernel.Tasks.All)
        {
            if (Losses.Ignored.Try(() => _kernel.Unwinder.StackOf(task)) is { } range)
                stacks.Add(new StackPlace(FrameStack.Task.Name, range, task, null));
        }
        foreach (var cpu in _kernel.Cpus.Possible)
            stacks.AddRange((Losses.Ignored.Try(() => _kernel.Unwinder.StacksOf(cpu)) ?? [])
                .Select(stack => new StackPlace(stack.Stack.Name, stack.Range, null, cpu)));
        return [.. stacks.OrderBy(stack => stack.Range.Start)];
    }
}
