using Panicle.Kernel.Values;

namespace Panicle.Kernel.Module;

/// <summary>The loaded modules: the kernel's list <c>modules</c>.</summary>
public sealed class ModuleList
{
    internal ModuleList(KernelDump kernel)
    {
        var all = new List<KernelModule>();
        var modules = kernel.SymbolAddress("modules");
        foreach (var value in KernelLists.Entries(kernel.Context, modules, "struct module", "list", Losses))
        {
            var module = Losses.Try("module", value.Address, () => new KernelModule(kernel, value));
            if (module is { State: not ModuleState.Unformed })
                all.Add(module);
        }
        All = all;
    }

    /// <summary>The modules, most recently loaded first, as <c>/proc/modules</c> and <c>lsmod</c> list them.</summary>
    public IReadOnlyList<KernelModule> All { get; }

    /// <summary>What of the list could not be read.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The module in whose memory an address lies, or null.</summary>
    public KernelModule? Containing(ulong address)
    {
        foreach (var module in All)
        {
            if (module.Contains(address))
                return module;
        }
        return null;
    }

    /// <summary>The module of a name, or null. '-' and '_' are the same.</summary>
    public KernelModule? Find(string name)
    {
        var normalized = name.Replace('-', '_');
        return All.FirstOrDefault(module => module.Name.Replace('-', '_') == normalized);
    }
}
