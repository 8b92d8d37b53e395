using Panicle.Kernel.Values;
using Panicle.Symbols;
using Panicle.Symbols.Btf;

namespace Panicle.Kernel.Module;

/// <summary>
/// The modules' own types: split BTF on top of the kernel's, one for each module on the list <c>btf_modules</c>
/// (kernel/bpf/btf.c). The list's copy is the one whose type numbers the kernel has fitted to its own.
/// </summary>
internal static class ModuleTypes
{
    public static IReadOnlyList<ITypeSource> Load(KernelDump kernel, BtfTypes kernelTypes)
    {
        var sources = new List<ITypeSource>();
        if (!kernel.TrySymbolAddress("btf_modules", out var head) || kernelTypes.Find(TypeKind.Struct, "btf_module") is null)
            return sources;
        foreach (var entry in KernelLists.Entries(kernel.Context, head, "struct btf_module", "list"))
        {
            if (Losses.Ignored.Try(() => Open(kernel, kernelTypes, entry)) is { } source)
                sources.Add(source);
        }
        return sources;
    }

    private static BtfTypes? Open(KernelDump kernel, BtfTypes kernelTypes, KernelValue entry)
    {
        var btf = entry["btf"];
        var data = kernel.Memory.ReadBlock(btf["data"].ToUInt64(), btf["data_size"].ToUInt64(), kernel.Limits, "a module's BTF");
        return BtfTypes.TryOpenSplit(kernelTypes, data, entry["module"]["name"].ToText(), kernel.Limits, out _);
    }
}
