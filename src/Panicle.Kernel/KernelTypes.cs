using Panicle.Dumps;
using Panicle.Kernel.Module;
using Panicle.Symbols;
using Panicle.Symbols.Btf;

namespace Panicle.Kernel;

/// <summary>Finds the kernel's own BTF in its memory.</summary>
internal static class KernelTypes
{
    public static TypeCatalog Load(KernelDump kernel)
    {
        var symbols = kernel.Symbols;
        if (!symbols.TryFind("__start_BTF", out var start) || !symbols.TryFind("__stop_BTF", out var stop) || stop.Address <= start.Address)
            throw new KernelReadException(symbols.IsIncomplete
                ? "no types: the names that say where they lie (kallsyms) are damaged in the dump"
                : "no types: this kernel was built without BTF (CONFIG_DEBUG_INFO_BTF); a vmlinux with debug information is needed");
        var range = new AddressRange(start.Address, stop.Address);
        var types = BtfTypes.TryOpen(kernel.Memory, range, kernel.Limits, out var why)
            ?? throw new KernelReadException($"no types: the kernel's BTF at {range} can't be read: {why}");
        return new TypeCatalog(types, () => ModuleTypes.Load(kernel, types));
    }
}
