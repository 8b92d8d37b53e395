using Panicle.Kernel.PerCpu;
using Panicle.Kernel.Sched;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>Finds out what addresses belong to. Each question is answered alone: what can't be read costs its own answer only.</summary>
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
    public AddressInfo Find(ulong address, KernelTask? process = null)
    {
        var info = new AddressInfo(address, _kernel.Memory.RegionOf(address)) { IsNull = address < _kernel.PageSize };
        if (info.Region == "user")
            return FindUser(info, process);
        if (_kernel.Memory.TryTranslate(address, withSteps: false, out var translation, out var fault))
            info = WithPage(info with { Physical = translation.Physical });
        else
            info = info with { Problem = fault.ToString() };
        info = info with
        {
            Symbol = Try(() => SymbolOf(address)),
            Stack = Try(() => StackOf(address)),
            PerCpu = Try(() => _perCpu.Value.Find(address)),
            Vmalloc = Try(() => _kernel.Mm.Vmalloc.Containing(address)),
            Slab = info.Region == "direct map" ? Try(() => SlabOf(address)) : null,
            DescribedPage = info.Region == "vmemmap" ? Try(() => DescribedBy(address)) : null,
        };
        return WithOwners(info);
    }

    /// <summary>What a physical address belongs to: what the direct map's address of it does.</summary>
    public AddressInfo FindPhysical(ulong address)
    {
        if (address >= _kernel.Memory.Physical.Limit)
            return new AddressInfo(address, "physical memory") { IsPhysical = true, Problem = "it lies past the end of memory" };
        var info = Find(_kernel.Memory.DirectMapBase + address);
        return info with { Address = address, IsPhysical = true, Region = "physical memory" };
    }

    private AddressInfo WithOwners(AddressInfo info)
    {
        var module = Try(() => _kernel.Modules.Containing(info.Address));
        var task = info.Slab is { Cache.Name: "task_struct", Object: { } start } ? start : info.Symbol is { Name: "init_task" } symbol ? symbol.Address : 0;
        return info with
        {
            Module = module,
            ModuleRegion = module?.Regions.FirstOrDefault(region => region.Range.Contains(info.Address)),
            Task = task == 0 ? null : Try(() => _kernel.Tasks.All.FirstOrDefault(known => known.Address == task)),
        };
    }

    private AddressInfo FindUser(AddressInfo info, KernelTask? process)
    {
        if (process is null || process.Mm == 0)
            return info with { Process = process, Problem = process is null ? "no process given" : $"{process} has no user memory" };
        var area = VirtualMemoryAreas.Of(_kernel, process.Mm).Where(area => area.Range.Contains(info.Address)).Select(area => (VirtualMemoryArea?)area).FirstOrDefault();
        info = info with { Process = process, Area = area };
        try
        {
            var memory = _kernel.Architecture.CreateUserSpace(_kernel.Memory, _kernel.At(process.Mm, "struct mm_struct")["pgd"].ToUInt64());
            return memory.TryTranslate(info.Address, withSteps: false, out var translation, out var fault)
                ? WithPage(info with { Physical = translation.Physical })
                : info with { Problem = fault.ToString() };
        }
        catch (KernelReadException failure)
        {
            return info with { Problem = failure.Message };
        }
    }

    private AddressInfo WithPage(AddressInfo info)
    {
        try
        {
            return _kernel.Mm.Pages.TryRead(info.Physical!.Value >> _kernel.PageShift, out var page)
                ? info with { Page = page, Free = FreeBlockOf(page.Frame) }
                : info;
        }
        catch (KernelReadException)
        {
            return info;
        }
    }

    private PageDescriptor? DescribedBy(ulong address) =>
        _kernel.Mm.Pages.TryFrameOf(address, out var frame) && _kernel.Mm.Pages.TryRead(frame, out var page) ? page : null;

    // Only the first page of a free block is marked; its "private" is the block's order.
    private FreePlace? FreeBlockOf(ulong frame)
    {
        var pages = _kernel.Mm.Pages;
        for (var order = 0; order <= MostFreeOrder; order++)
        {
            var first = frame & ~((1UL << order) - 1);
            if (pages.TryRead(first, out var page) && pages.Types.NameOf(page.MapCount) == "buddy" && page.Private is <= MostFreeOrder and var size
                && frame - first < 1UL << (int)size)
                return new FreePlace(first, (int)size);
        }
        return null;
    }

    private Symbol? SymbolOf(ulong address) => _kernel.Symbols.TryLookup(address, out var symbol) ? symbol : null;

    private SlabPlace? SlabOf(ulong address)
    {
        if (!_kernel.Mm.Slabs.TryFind(address, out var slab, out var cache))
            return null;
        var problems = new List<string>();
        var free = _kernel.Mm.Slabs.FreeObjectsOf(cache, slab, problems);
        var start = cache.ObjectContaining(slab, address);
        return new SlabPlace(cache, slab, start, start is { } known && free.TryGetValue(known, out var place) ? place : null, free.Count, problems);
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
            if (Try(() => new StackPlace("task", _kernel.Unwinder.StackOf(task), task, null)) is { } stack)
                stacks.Add(stack);
        }
        foreach (var cpu in _kernel.Cpus.Possible)
            stacks.AddRange((Try(() => _kernel.Unwinder.StacksOf(cpu)) ?? []).Select(stack => new StackPlace(stack.Name, stack.Range, null, cpu)));
        return [.. stacks.OrderBy(stack => stack.Range.Start)];
    }

    private static T? Try<T>(Func<T?> question)
    {
        try
        {
            return question();
        }
        catch (KernelReadException)
        {
            return default;
        }
    }
}
