using Panicle.Kernel.Module;
using Panicle.Symbols;
using Panicle.Symbols.Btf;

namespace Panicle.Kernel;

/// <summary>Finds the kernel's types: its own BTF in its memory, or else debug information.</summary>
internal static class KernelTypes
{
    public static TypeCatalog Load(KernelDump kernel)
    {
        var symbols = kernel.Symbols;
        var losses = new Losses();
        if (losses.Try("no types", () => ReadBtf(kernel, symbols)) is { } types)
            return new TypeCatalog(types, () => ModuleTypes.Load(kernel, types));
        if (kernel.DebugInfo?.Kernel is { } info)
            return new TypeCatalog(info.Types, () => OfModules(kernel));
        throw new KernelReadException(losses.First().ToString());
    }

    /// <summary>The kernel's types and behind them those of debug information.</summary>
    public static TypeCatalog WithDebugInfo(KernelDump kernel)
    {
        if (kernel.DebugInfo is not { } files || kernel.Types.Origin.Format == TypeFormat.Dwarf)
            return kernel.Types;
        return new TypeCatalog(
            kernel.Types, () => files.Kernel is { } info ? [info.Types, .. OfModules(kernel)] : OfModules(kernel));
    }

    private static IReadOnlyList<ITypeSource> OfModules(KernelDump kernel)
    {
        var sources = new List<ITypeSource>();
        foreach (var module in kernel.ModulesOrNull?.All ?? [])
            if (kernel.DebugInfo!.Of(module) is { } info)
                sources.Add(info.Types);
        return sources;
    }

    private static BtfTypes ReadBtf(KernelDump kernel, KernelSymbols symbols)
    {
        if (!symbols.TryFind("__start_BTF", out var start) || !symbols.TryFind("__stop_BTF", out var stop)
            || stop.Address <= start.Address)
        {
            throw new KernelReadException(symbols.IsIncomplete
                ? "the names that say where they lie (kallsyms) are damaged in the dump"
                : "this kernel was built without BTF (CONFIG_DEBUG_INFO_BTF); a vmlinux with debug information is needed");
        }
        var range = new AddressRange(start.Address, stop.Address);
        return BtfTypes.TryOpen(kernel.Memory, range, kernel.Limits, out var why)
            ?? throw new KernelReadException($"the kernel's BTF at {range} can't be read: {why}");
    }
}
