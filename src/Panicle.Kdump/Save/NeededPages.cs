using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Kdump.Save;

/// <summary>
/// Pages that a dump is worthless without, found by other ways than the filter's: the kernel image and modules, page tables, the
/// CPUs' variables, tasks and their stacks. What the filter would leave out of these shows that it is wrong;
/// and they are written first.
/// </summary>
internal sealed class NeededPages
{
    private const ulong LeastStack = 16 * 1024;
    private const ulong MostImage = 1UL << 30;
    private const ulong MostStack = 256 * 1024;
    private const ulong MostVariables = 4 * 1024 * 1024;

    // Between these lies what is not given back to the allocator once the kernel has booted (as __init is), but for the room that
    // was set aside for variables shared with a hypervisor (mem_encrypt_free_decrypted_mem).
    private static readonly (string Start, string End, string What)[] Image =
    [
        ("_stext", "_etext", "the kernel's code"),
        ("__start_rodata", "__end_rodata", "the kernel's constants"),
        ("_sdata", "_edata", "the kernel's variables"),
        ("__bss_start", "__bss_stop", "the kernel's variables"),
        ("__start_orc_unwind_ip", "__stop_orc_unwind_ip", "the kernel's unwind rules"),
        ("__start_orc_unwind", "__stop_orc_unwind", "the kernel's unwind rules"),
        ("orc_lookup", "orc_lookup_end", "the kernel's unwind rules"),
    ];

    private static readonly (string Start, string End) GivenBack = ("__start_bss_decrypted_unused", "__end_bss_decrypted");

    private readonly KernelDump _kernel;
    private readonly Action? _working;

    /// <param name="kernel">The kernel.</param>
    /// <param name="working">Is told now and then that it goes on.</param>
    public NeededPages(KernelDump kernel, Action? working = null) => (_kernel, _working) = (kernel, working);

    /// <summary>What could not be found out; complete once <see cref="All"/> was walked.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The frames, and what each is needed for.</summary>
    public IEnumerable<(ulong Frame, string What)> All(CancellationToken cancellation)
    {
        var all = Find("the kernel image", ImagePages)
            .Concat(Find("the page tables", TablePages))
            .Concat(Find("the CPUs' variables", CpuPages))
            .Concat(Find("the modules", ModulePages))
            .Concat(Find("the stacks", TaskPages));
        foreach (var page in all)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return page;
        }
    }

    // Whatever a damaged kernel leads these to, it only costs a check.
    private List<(ulong Frame, string What)> Find(string what, Func<List<(ulong Frame, string What)>> find)
    {
        try
        {
            return find();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Losses.Add($"whether {what} survived the filter could not be checked: {failure.Message}");
            return [];
        }
    }

    private List<(ulong Frame, string What)> ImagePages()
    {
        var pages = new List<(ulong Frame, string What)>();
        var givenBack = RangeOf(GivenBack.Start, GivenBack.End);
        foreach (var (startName, endName, what) in Image)
        {
            var range = RangeOf(startName, endName);
            if (!range.Contains(givenBack.Start))
            {
                Add(pages, range, what);
                continue;
            }
            Add(pages, range with { End = givenBack.Start }, what);
            Add(pages, range with { Start = givenBack.End + _kernel.PageSize - 1 }, what);
        }
        if (pages.Count == 0)
            throw new KernelReadException("the kernel's symbols don't say where it lies");
        return pages;
    }

    private AddressRange RangeOf(string startName, string endName)
    {
        if (!_kernel.TrySymbolAddress(startName, out var start) || !_kernel.TrySymbolAddress(endName, out var end)
            || end <= start)
            return default;
        return new AddressRange(start, start + Math.Min(end - start, MostImage));
    }

    private List<(ulong Frame, string What)> TablePages()
    {
        var pages = new List<(ulong Frame, string What)>();
        foreach (var physical in _kernel.Memory.TablePages())
        {
            _working?.Invoke();
            pages.Add((physical >> _kernel.PageShift, "page tables"));
        }
        return pages;
    }

    private List<(ulong Frame, string What)> CpuPages()
    {
        var pages = new List<(ulong Frame, string What)>();
        var size = Math.Min(_kernel.SymbolAddress("__per_cpu_end") - _kernel.SymbolAddress("__per_cpu_start"), MostVariables);
        foreach (var cpu in _kernel.Cpus.Possible)
        {
            var start = _kernel.Cpus.AddressOf("__per_cpu_start", cpu);
            Add(pages, new AddressRange(start, start + size), "the CPUs' variables");
        }
        return pages;
    }

    private List<(ulong Frame, string What)> ModulePages()
    {
        var pages = new List<(ulong Frame, string What)>();
        foreach (var region in _kernel.Modules.All.SelectMany(static module => module.Regions))
            Add(pages, region.Range, "the modules");
        return pages;
    }

    private List<(ulong Frame, string What)> TaskPages()
    {
        var pages = new List<(ulong Frame, string What)>();
        // union thread_union is the stack itself.
        var size = Math.Clamp((ulong)(_kernel.Types.Find(TypeKind.Union, "thread_union")?.Size ?? 0), LeastStack, MostStack);
        var taskSize = Math.Min((ulong)(_kernel.Types.Parse("struct task_struct")?.Size ?? 0), MostStack);
        foreach (var task in _kernel.Tasks.All)
        {
            Add(pages, new AddressRange(task.Address, task.Address + taskSize), "the tasks");
            if (Losses.Ignored.Try(() => task.Stack) is { } stack)
                Add(pages, new AddressRange(stack, stack + size), "the stacks of tasks");
        }
        Losses.Add(_kernel.Tasks.Losses, "not every task's stack could be checked");
        return pages;
    }

    private void Add(List<(ulong Frame, string What)> pages, AddressRange range, string what)
    {
        if (range.End <= range.Start)
            return; // A damaged pointer near the end of the address space.
        _working?.Invoke();
        var shift = _kernel.PageShift;
        var last = (range.End - 1) >> shift;
        var count = last - (range.Start >> shift) + 1;
        for (ulong i = 0; i < count; i++)
        {
            if (_kernel.Memory.TryPhysical((last - i) << shift, out var physical))
                pages.Add((physical >> shift, what));
        }
    }
}
