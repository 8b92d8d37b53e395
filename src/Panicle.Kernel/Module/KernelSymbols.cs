using Panicle.Symbols;
using Panicle.Symbols.Elf;
using Panicle.Symbols.Kallsyms;

namespace Panicle.Kernel.Module;

/// <summary>
/// Names of the kernel and of its modules. A module's own table is read when an address in it, or a name that the
/// kernel itself doesn't have, is looked up.
/// </summary>
public sealed class KernelSymbols : ISymbolTable
{
    // A variable that every kernel has: without it, the kernel keeps the names of its functions only.
    private const string AnyVariable = "init_task";

    private readonly KernelDump _kernel;

    private KernelSymbols(KernelDump kernel, ISymbolTable names, bool isIncomplete) =>
        (_kernel, Kernel, IsIncomplete) = (kernel, names, isIncomplete);

    /// <summary>
    /// The names of the kernel image alone: those that it keeps itself, and where it lacks some, its vmlinux's.
    /// </summary>
    public ISymbolTable Kernel { get; }

    /// <summary>Whether a part of the kernel's names is lost.</summary>
    public bool IsIncomplete { get; }

    internal static KernelSymbols Load(KernelDump kernel)
    {
        var kallsyms = KallsymsTable.TryOpen(kernel.Memory, kernel.Info, kernel.Memory.ImageRange, kernel.Limits, out var why);
        if (kallsyms is not null && (kallsyms.TryFind(AnyVariable, out _) || Vmlinux(kernel) is null))
            return new KernelSymbols(kernel, kallsyms, kallsyms.IsIncomplete);
        return Vmlinux(kernel) is { } vmlinux
            ? new KernelSymbols(kernel, new LayeredSymbols(kallsyms, vmlinux), isIncomplete: false)
            : throw new KernelReadException($"no symbols: the kernel's kallsyms can't be read: {why}");
    }

    // Only by the build ID that the kernel's own note tells: to find it elsewhere would need symbols.
    private static ElfSymbolTable? Vmlinux(KernelDump kernel) =>
        kernel.Info.BuildId is not null && kernel.DebugInfo?.Kernel is { } info
            ? ElfSymbolTable.TryOpen(info.File.Elf, kernel.Info.KernelOffset, null, out _)
            : null;

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        if (Kernel.TryFind(name, out symbol))
            return true;
        foreach (var module in Modules())
        {
            if (module.Symbols is { } table && table.TryFind(name, out symbol))
                return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name) =>
        Kernel.FindAll(name).Concat(Modules().SelectMany(module => module.Symbols?.FindAll(name) ?? []));

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        foreach (var module in Modules())
        {
            if (module.Contains(address))
            {
                symbol = default;
                return module.Symbols is { } table && table.TryLookup(address, out symbol);
            }
        }
        return Kernel.TryLookup(address, out symbol);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All() => Kernel.All().Concat(Modules().SelectMany(module => module.Symbols?.All() ?? []));

    private IReadOnlyList<KernelModule> Modules()
    {
        // The list itself needs symbols of the kernel image; and a damaged list must not cost the kernel's own names.
        if (_kernel.ModulesOrNull is { } modules)
            return modules.All;
        return [];
    }
}
