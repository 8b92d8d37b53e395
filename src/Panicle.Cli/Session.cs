using Panicle.Cli.Commands.Symbols;
using Panicle.Debuginfo.Finding;
using Panicle.Kernel;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Lines;
using Panicle.Kernel.Sched;
using Panicle.Symbols;

namespace Panicle.Cli;

/// <summary>The open dump and what the shell remembers between commands.</summary>
internal sealed class Session : IDisposable
{
    private KernelDump? _kernel;
    private KernelTask? _currentTask;
    private DebugFileFinder? _finder;
    private readonly HashSet<string> _saidNotes = [];
    private IReadOnlyList<DebugFrame>? _frames;

    /// <summary>The files given on the command line, in their order; empty without a dump.</summary>
    public IReadOnlyList<string> Paths { get; private set; } = [];

    /// <summary>The vmlinux that was given, or null.</summary>
    public string? Vmlinux { get; private set; }

    /// <summary>
    /// Where files with symbols are looked for, if not only where the environment says; set before a dump is opened.
    /// </summary>
    public DebugFileOptions? DebugFileOptions { get; set; }

    /// <summary>Finds the vmlinux, the modules and the sources of the kernel that crashed, wherever they lie.</summary>
    public IDebugFileFinder DebugFiles => field ??= CreateFinder();

    /// <summary>Stops the command that is running.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>What finding symbols has to say that wasn't said yet: files of other builds, servers that don't answer.</summary>
    public IReadOnlyList<string> NewSymbolNotes() => _finder is null ? [] : [.. _finder.Notes.Where(_saidNotes.Add)];

    /// <summary>Source lines of the kernel and its modules, as far as their debug information can be found.</summary>
    public KernelLines Lines => Kernel.Lines;

    public Settings Settings { get; } = new();

    /// <summary>Whether <c>quit</c> was said.</summary>
    public bool IsEnding { get; set; }

    /// <exception cref="CommandException">No dump is open.</exception>
    public KernelDump Kernel => _kernel ?? throw new CommandException("no dump is open; start panicle with one: panicle DUMP");

    /// <summary>
    /// The task that commands are about where none is named (<c>set</c> changes it): at the start the one that panicked,
    /// or else the one that the first CPU was running.
    /// </summary>
    public KernelTask CurrentTask
    {
        get => _currentTask ??= Kernel.Crash.Task ?? Kernel.Tasks.CurrentOf(Kernel.Cpus.Online[0])
            ?? throw new CommandException("no task panicked; name one: PID or task address");
        set
        {
            _currentTask = value;
            (_frames, CurrentFrame) = (null, null);
        }
    }

    /// <summary>The backtrace of the current task with registers and variables.</summary>
    public IReadOnlyList<DebugFrame> Frames => _frames ??= DebugFrames.Of(Kernel, Kernel.Unwinder.Unwind(CurrentTask));

    /// <summary>The frame whose variables names stand for (<c>frame</c> chooses it), or null.</summary>
    public DebugFrame? CurrentFrame { get; set; }

    /// <summary>A session without a dump: for <c>help</c> and for verbs.</summary>
    public static Session Empty() => new();

    /// <summary>
    /// Opens a dump, and the vmlinux if there is one, told apart by content; several dump files are a split set.
    /// </summary>
    public void Open(IReadOnlyList<string> paths)
    {
        var (dumps, vmlinux) = InputFiles.Sort(paths);
        Paths = dumps;
        Vmlinux = vmlinux;
        _kernel = KernelDump.Open(
            dumps, new KernelDumpOptions { DebugFiles = () => DebugFiles, IndexCache = StorePlaces.Indexes() });
        if (vmlinux is not null && DebugFileOptions is not { Force: true })
            InputFiles.CheckBuildIds(vmlinux, _kernel.BuildId, dumps[0]);
    }

    /// <summary>The task that a person named: a PID, or the address of a <c>task_struct</c>.</summary>
    public KernelTask FindTask(string name)
    {
        if (Numbers.TryParse(name, out var pid) && pid <= int.MaxValue && Kernel.Tasks.FindPid((int)pid) is { } byPid)
            return byPid;
        if (Numbers.TryParseHex(name, out var address) && Kernel.Memory.IsKernelAddress(address)
            && Kernel.Tasks.At(address) is { } byAddress)
            return byAddress;
        throw new CommandException($"there is no task '{name}': give a PID or the address of a task_struct; 'ps' lists both");
    }

    /// <summary>
    /// The same session with another current task, for a command that is run once for each of many tasks, also at the
    /// same time. It shares the dump, and is not to be disposed.
    /// </summary>
    public Session ForTask(KernelTask task)
    {
        var session = (Session)MemberwiseClone();
        session.CurrentTask = task;
        return session;
    }

    private DebugFileFinder CreateFinder()
    {
        var options = DebugFileOptions ?? SymbolArguments.FromEnvironment(this);
        return _finder = new DebugFileFinder(options with { Vmlinux = Vmlinux ?? options.Vmlinux });
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel?.Dispose();
}
