using System.Collections.Concurrent;
using Panicle.Kernel.Module;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.Lines;

/// <summary>
/// Source lines for addresses in the crashed kernel and its modules, from the debug information of each, found by build ID wherever it
/// lies. A file is opened when an address in it is looked up. Thread-safe.
/// </summary>
public sealed class KernelLines : ISourceLines, IDisposable
{
    private readonly KernelDump _kernel;
    private readonly IDebugFileFinder _finder;
    private readonly string? _cache;
    private readonly ConcurrentDictionary<string, Lazy<LoadedBinary>> _binaries = [];

    /// <summary>Takes the dump, and what finds the files.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="finder">Finds the files.</param>
    /// <param name="cache">A folder for indexes of debug information, so that they are made once; null for none.</param>
    public KernelLines(KernelDump kernel, IDebugFileFinder finder, string? cache = null)
    {
        _cache = cache;
        _kernel = kernel;
        _finder = finder;
    }

    /// <inheritdoc/>
    public string Source => "DWARF";

    /// <inheritdoc/>
    public IReadOnlyList<SourceFrame> Find(ulong address) => BinaryOf(address)?.Find(address) ?? [];

    /// <summary>
    /// The frames of a frame of a backtrace. A return address lies behind the call, so that its line may be the next statement's: then
    /// the call itself is looked up.
    /// </summary>
    public IReadOnlyList<SourceFrame> Find(Unwind.StackFrame frame) =>
        frame.IsUser ? [] : Find(frame.IsExact ? frame.Address : frame.Address - 1);

    /// <summary>Why there are no lines for an address, as a clause for a person; null if its debug information is at hand.</summary>
    public string? WhyMissing(ulong address) => BinaryOf(address)?.WhyMissing;

    /// <summary>The path of the source file that a frame names, or null if no source tree has it.</summary>
    /// <param name="address">The frame's address.</param>
    /// <param name="file">The path as debug information has it.</param>
    public string? FindSource(ulong address, string file) =>
        _finder.FindSource(ModuleOf(address)?.Binary ?? _kernel.Binary, file);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var binary in _binaries.Values)
            if (binary.IsValueCreated)
                binary.Value.Dispose();
    }

    private LoadedBinary? BinaryOf(ulong address)
    {
        if (!_kernel.Memory.IsKernelAddress(address))
            return null;
        var module = ModuleOf(address);
        var name = module?.Name ?? KernelBinary.Vmlinux;
        return _binaries.GetOrAdd(name, _ => new(() => Open(module))).Value;
    }

    private KernelModule? ModuleOf(ulong address) =>
        _kernel.ModulesOrNull?.All.FirstOrDefault(module => module.Contains(address));

    private LoadedBinary Open(KernelModule? module)
    {
        var binary = module?.Binary ?? _kernel.Binary;
        var path = _finder.FindDebugInfo(binary);
        if (path is null)
            return new LoadedBinary($"source lines need the debug information of {binary.Name}");
        if (DebugBinary.TryOpen(path, _kernel.Limits, out var why, _cache) is not { } file)
            return new LoadedBinary($"{path}: {why}");
        return new LoadedBinary(file, module?.Symbols ?? _kernel.Symbols.Kernel);
    }
}
