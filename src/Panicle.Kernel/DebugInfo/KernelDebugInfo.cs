using System.Collections.Concurrent;
using Panicle.Kernel.Module;
using Panicle.Symbols;

namespace Panicle.Kernel.DebugInfo;

/// <summary>
/// Debug information (DWARF) of the crashed kernel and its modules, as far as files with it can be found. A file is opened when
/// it is first asked for. Thread-safe.
/// </summary>
public sealed class KernelDebugInfo : IDisposable
{
    private readonly KernelDump _kernel;
    private readonly Func<IDebugFileFinder> _finder;
    private readonly string? _cache;
    private readonly ConcurrentDictionary<string, Lazy<Opened>> _binaries = [];

    internal KernelDebugInfo(KernelDump kernel, Func<IDebugFileFinder> finder, string? cache)
    {
        _kernel = kernel;
        _finder = finder;
        _cache = cache;
    }

    /// <summary>The kernel's own; null if no file with it is found.</summary>
    public BinaryDebugInfo? Kernel => Of(null);

    /// <summary>That of a module, or of the kernel itself for null; null if no file with it is found.</summary>
    public BinaryDebugInfo? Of(KernelModule? module) => OpenedOf(module).Info;

    /// <summary>
    /// Why there is none of a module, or of the kernel itself for null, as a clause for a person; null if there is.
    /// </summary>
    public string? WhyMissing(KernelModule? module) => OpenedOf(module).WhyMissing;

    /// <summary>The path of a source file of a module, or of the kernel itself for null; null if no source tree has it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="file">The path as debug information has it.</param>
    public string? FindSource(KernelModule? module, string file) => _finder().FindSource(module?.Binary ?? _kernel.Binary, file);

    /// <summary>That of the binary whose code or data lies at an address; null if no file with it is found.</summary>
    public BinaryDebugInfo? At(ulong address) => Of(_kernel.ModulesOrNull?.Containing(address));

    /// <summary>That of the kernel and of every loaded module for which a file is found.</summary>
    public IEnumerable<BinaryDebugInfo> All
    {
        get
        {
            if (Kernel is { } kernel)
                yield return kernel;
            foreach (var module in _kernel.ModulesOrNull?.All ?? [])
                if (Of(module) is { } info)
                    yield return info;
        }
    }

    /// <summary>
    /// The type of a symbol as its binary's debug information has it; null if that isn't found or doesn't know.
    /// </summary>
    public KernelType? TypeOf(Symbol symbol) =>
        Of(symbol.Module is { } name
            ? _kernel.ModulesOrNull?.Find(name)
            : null)?.Types.FindSymbolType(symbol.Name, symbol.Address);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var binary in _binaries.Values)
            if (binary.IsValueCreated)
                binary.Value.Info?.Dispose();
    }

    private Opened OpenedOf(KernelModule? module) =>
        _binaries.GetOrAdd(module?.Name ?? KernelBinary.Vmlinux, _ => new(() => Open(module))).Value;

    private Opened Open(KernelModule? module)
    {
        var binary = module?.Binary ?? _kernel.Binary;
        if (_finder().FindDebugInfo(binary) is not { } path)
            return new(null, $"source lines need the debug information of {binary.Name}");
        try
        {
            return new(BinaryDebugInfo.Open(path, _kernel, module, _cache), null);
        }
        catch (KernelReadException failure)
        {
            return new(null, failure.Message);
        }
    }

    private sealed record Opened(BinaryDebugInfo? Info, string? WhyMissing);
}
