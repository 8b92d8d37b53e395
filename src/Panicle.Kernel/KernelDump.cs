using System.Globalization;
using System.Numerics;
using Panicle.Dumps;
using Panicle.Formats.Elf;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Block;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Devices;
using Panicle.Kernel.Disassembly;
using Panicle.Kernel.Fs;
using Panicle.Kernel.Lines;
using Panicle.Kernel.Locking;
using Panicle.Kernel.Mm;
using Panicle.Kernel.Module;
using Panicle.Kernel.PerCpu;
using Panicle.Kernel.Printk;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Time;
using Panicle.Kernel.Unwind;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel;

/// <summary>How a dump is opened.</summary>
public sealed record KernelDumpOptions
{
    /// <summary>What a hostile or damaged dump may cost.</summary>
    public Limits Limits { get; init; } = Limits.Default;

    /// <summary>Gives what finds files with debug information; null where none is to be used.</summary>
    public Func<IDebugFileFinder>? DebugFiles { get; init; }

    /// <summary>A folder in which indexes of debug information are kept, so that they are made once; null for none.</summary>
    public string? IndexCache { get; init; }
}

/// <summary>
/// A crashed kernel: the root from which everything else is reached. Each part is read when it is first used and
/// fails alone, with a <see cref="KernelReadException"/> that says why. Thread-safe.
/// </summary>
public sealed class KernelDump : IDisposable
{
    private const ulong LargestPage = 256 * 1024; // ia64 and some 32-bit machines; the dump formats allow no more.

    private readonly Part<KernelSymbols> _symbols;
    private readonly Part<TypeCatalog> _types;
    private readonly Part<ModuleList> _modules;
    private readonly Part<CpuSet> _cpus;
    private readonly Part<TaskList> _tasks;
    private readonly Part<KernelLog> _log;
    private readonly Part<OrcTables> _orc;
    private readonly Part<StackUnwinder> _unwinder;
    private readonly Part<CrashSite> _crash;
    private readonly Lazy<string?> _buildId;

    private KernelDump(DumpFile dump, VmcoreInfo info, Architecture architecture, KernelDumpOptions options)
    {
        Dump = dump;
        Info = info;
        Architecture = architecture;
        Limits = options.Limits;
        DebugInfo = options.DebugFiles is { } finder ? new KernelDebugInfo(this, finder, options.IndexCache) : null;
        System = new SystemInfo(this);
        Time = new Timekeeper(this);
        PageSize = PageSizeOf(dump, info);
        PageShift = BitOperations.Log2(PageSize);
        _symbols = new("the names of the kernel", () => KernelSymbols.Load(this));
        Memory = architecture.CreateKernelSpace(dump, info, dump, _symbols);
        _types = new("the types of the kernel", () => KernelTypes.Load(this));
        _modules = new("the list of modules", () => new ModuleList(this));
        _cpus = new("the list of CPUs", () => new CpuSet(this));
        _tasks = new("the list of tasks", () => new TaskList(this));
        _log = new("the log", () => KernelLog.Read(this));
        _orc = new("the kernel's unwind rules", () => OrcTables.Load(this));
        _unwinder = new("what backtraces need", () => Architecture.CreateUnwinder(this));
        _crash = new("who crashed", () => CrashSite.Find(this));
        _buildId = new(() => Info.BuildId ?? ReadBuildId());
    }

    /// <summary>The dump's file, or all files of a split one.</summary>
    public DumpFile Dump { get; }

    /// <summary>The kernel's note to dump tools.</summary>
    public VmcoreInfo Info { get; }

    /// <summary>
    /// The build ID of the kernel's vmlinux in lower-case hex: from VMCOREINFO, or from the notes in the kernel's image where
    /// that lacks it; null where neither can be read.
    /// </summary>
    public string? BuildId => _buildId.Value;

    /// <summary>What the files of this kernel are found by.</summary>
    public KernelBinary Binary => new(KernelBinary.Vmlinux, BuildId, Info.Release);

    /// <summary>What is special to the machine's architecture.</summary>
    public Architecture Architecture { get; }

    /// <summary>Bytes in a page of the machine (the kernel's PAGE_SIZE): a power of two, 4096 on x86-64.</summary>
    public ulong PageSize { get; }

    /// <summary>The logarithm of <see cref="PageSize"/> to base 2 (PAGE_SHIFT): from a frame's number to its address.</summary>
    public int PageShift { get; }

    /// <summary>Bounds on what is read.</summary>
    public Limits Limits { get; }

    /// <summary>The kernel's virtual memory.</summary>
    public KernelAddressSpace Memory { get; }

    /// <summary>Names of the kernel and of its modules.</summary>
    public KernelSymbols Symbols => _symbols.Value;

    /// <summary>Types of the kernel; those of its modules where the kernel has none of the name.</summary>
    public TypeCatalog Types => _types.Value;

    /// <summary>
    /// <see cref="Types"/> and, behind them, those of debug information: for names that a person gives. The first search that the
    /// kernel's own types don't answer may have to index a file.
    /// </summary>
    public TypeCatalog NamedTypes => field ??= KernelTypes.WithDebugInfo(this);

    /// <summary>Debug information of the kernel and its modules; null where none is to be used.</summary>
    public KernelDebugInfo? DebugInfo { get; }

    /// <summary>What typed values are read with.</summary>
    public ValueContext Context => field ??= new ValueContext(Memory, Types, Limits);

    /// <summary>The loaded modules, or null where the list can't be read.</summary>
    internal ModuleList? ModulesOrNull => _modules.OrNull;

    /// <summary>The modules that were loaded at the crash (the kernel's list <c>modules</c>).</summary>
    public ModuleList Modules => _modules.Value;

    /// <summary>The CPUs, their per-CPU areas and the registers they saved.</summary>
    public CpuSet Cpus => _cpus.Value;

    /// <summary>Every task: processes, their threads, threads of the kernel and the CPUs' idle tasks.</summary>
    public TaskList Tasks => _tasks.Value;

    /// <summary>What the machine was.</summary>
    public SystemInfo System { get; }

    /// <summary>What its clocks said.</summary>
    public Timekeeper Time { get; }

    /// <summary>Its memory management: pages, zones, slab caches, vmalloc areas.</summary>
    public KernelMm Mm => field ??= new KernelMm(this);

    /// <summary>Its scheduling: run queues, and what tasks used and have.</summary>
    public KernelSched Sched => field ??= new KernelSched(this);

    /// <summary>Its files and file systems: mounts, open files, paths.</summary>
    public KernelFs Fs => field ??= new KernelFs(this);

    /// <summary>Its block layer: disks and what they were doing.</summary>
    public KernelBlock Block => field ??= new KernelBlock(this);

    /// <summary>Its devices: by class, by number, on PCI buses.</summary>
    public KernelDevices Devices => field ??= new KernelDevices(this);

    /// <summary>The locks that tasks and CPUs wait for.</summary>
    public KernelLocking Locking => field ??= new KernelLocking(this);

    /// <summary>Source lines of addresses, from debug information where there is some.</summary>
    public KernelLines Lines => field ??= new KernelLines(this);

    /// <summary>The kernel's log, oldest record first (<c>prb</c>, or before 5.10 <c>log_buf</c>).</summary>
    public KernelLog Log => _log.Value;

    /// <summary>The kernel's unwind rules.</summary>
    public OrcTables Orc => _orc.Value;

    /// <summary>Makes backtraces of tasks and from registers.</summary>
    public StackUnwinder Unwinder => _unwinder.Value;

    /// <summary>Disassembles code of the kernel, its modules and processes.</summary>
    public CodeReader Code => field ??= new CodeReader(this);

    /// <summary>Which CPU and task brought the machine down.</summary>
    public CrashSite Crash => _crash.Value;

    /// <summary>Opens a dump; nothing but its headers is read before it is asked for.</summary>
    /// <param name="paths">The dump file; several for a split dump.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="DumpException">The file can't be used at all.</exception>
    public static KernelDump Open(IReadOnlyList<string> paths, KernelDumpOptions? options = null)
    {
        options ??= new KernelDumpOptions();
        var dump = DumpReader.Open(paths, options.Limits);
        try
        {
            var architecture = Architectures.Of(dump.Header.Machine)
                ?? throw new DumpException(
                    $"{paths[0]}: this is a dump of {ElfMachine.Describe(dump.Header.Machine)}; "
                    + $"Panicle analyses {Architectures.Names} dumps only.");
            var info = dump.VmcoreInfo ?? VmcoreInfoScan.Find(dump)
                ?? throw new DumpException(
                    $"{paths[0]}: no VMCOREINFO in the file's notes, and none in the memory it holds: without it nothing says "
                        + "where the kernel lies. "
                    + "If the dump was cut short, try a more complete copy; for QEMU's dumps add '-device vmcoreinfo'.");
            return new KernelDump(dump, info, architecture, options);
        }
        catch
        {
            dump.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The run-time address of a kernel symbol: from VMCOREINFO where it has it (no table needed), else from kallsyms.
    /// </summary>
    public ulong SymbolAddress(string name) =>
        TrySymbolAddress(name, out var address) ? address : throw new KernelReadException($"this kernel has no symbol {name}");

    /// <summary>The run-time address of a kernel symbol; false if this kernel has none of the name.</summary>
    public bool TrySymbolAddress(string name, out ulong address)
    {
        address = Info.Symbol(name) ?? 0;
        if (address != 0)
            return true;
        if (!Symbols.Kernel.TryFind(name, out var symbol))
            return false;
        address = symbol.Address;
        return true;
    }

    /// <summary>
    /// A global variable of the kernel or a module, with the type that the kernel's sources, its BTF or its debug information
    /// give it: <c>dump["super_blocks"]</c>, <c>dump["init_task"]["comm"]</c>.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KernelReadException">There is no variable of the name, or nothing tells its type.</exception>
    public KernelValue this[string name]
    {
        get
        {
            if (!Symbols.TryFind(name, out var symbol))
                throw new KernelReadException($"this kernel has no symbol {name}");
            var type = GlobalTypes.Of(this, symbol)
                ?? throw new KernelReadException(
                    $"nothing tells the type of {name}: give one, as in Global(\"{name}\", \"unsigned long\")");
            return KernelValue.At(Context, type, symbol.Address);
        }
    }

    /// <summary>A global variable, with a type that Panicle knows it to have (BTF has no types for globals).</summary>
    /// <param name="symbol">Its name.</param>
    /// <param name="type">Its C type: "struct task_struct", "unsigned long", "struct list_head *".</param>
    public KernelValue Global(string symbol, string type) => At(SymbolAddress(symbol), type);

    /// <summary>The object of a C type at an address.</summary>
    public KernelValue At(ulong address, string type) =>
        KernelValue.At(Context, Types.Required(type), address);

    /// <summary>Closes the dump's files; nothing that was made of it can be used after.</summary>
    public void Dispose()
    {
        DebugInfo?.Dispose();
        Dump.Dispose();
    }

    private string? ReadBuildId() => Losses.Ignored.Try(() =>
        TrySymbolAddress("__start_notes", out var start) && TrySymbolAddress("__stop_notes", out var end) && end > start
            && end - start < 1 << 20
            ? BuildIdNote.Find(Memory, new AddressRange(start, end))
            : null);

    // The kernel itself says it; the dump's file may keep memory in another unit.
    private static ulong PageSizeOf(DumpFile dump, VmcoreInfo info) =>
        ulong.TryParse(info.Text("PAGESIZE"), CultureInfo.InvariantCulture, out var size) && BitOperations.IsPow2(size)
        && size is >= IMemory.SmallestPage and <= LargestPage ? size : (ulong)dump.PageSize;
}
