using Panicle.Kernel;
using Panicle.Kernel.Module;
using Panicle.Kernel.Values;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// A module is on one of the kernel's lists and not on another: the list that lsmod shows, the objects behind /sys/module, and
/// the tree by which the kernel finds the module of an address.
/// </summary>
internal sealed class HiddenModuleRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel)
            yield break;
        var losses = new Losses();
        losses.Add(kernel.Modules.Losses);
        // Those that are being loaded or removed are on the list alone, and known to no one else.
        var onList = KernelLists.Entries(kernel.Context, kernel.SymbolAddress("modules"), "struct module", "list", losses)
            .Select(module => module.Address).ToHashSet();
        var inSysfs = InSysfs(kernel, losses);
        var inTree = InTree(kernel, losses);
        // A list that could not be read to its end says nothing of what is missing.
        if (losses.Count > 0)
            yield break;
        foreach (var hidden in inSysfs.Union(inTree).Where(module => !onList.Contains(module)))
            yield return Hidden(
                kernel, hidden, "lsmod and /proc/modules don't show it", inSysfs.Contains(hidden), inTree.Contains(hidden));
        foreach (var module in kernel.Modules.All.Where(module =>
            module.State == ModuleState.Live && inSysfs.Count > 0 && !inSysfs.Contains(module.Address)))
            yield return Hidden(kernel, module.Address, "/sys/module doesn't show it", false, inTree.Contains(module.Address));
    }

    private static Finding Hidden(KernelDump kernel, ulong module, string how, bool inSysfs, bool inTree)
    {
        var name = Losses.Ignored.Try(() => kernel.At(module, "struct module")["name"].ToText()) ?? "whose name can't be read";
        List<Evidence> evidence = [new($"its struct module is at 0x{module:x}", $"struct module.name,list {module:x}")];
        if (inSysfs)
            evidence.Add(new("it is among the objects of /sys/module (module_kset)", "p module_kset"));
        if (inTree)
            evidence.Add(new("it is in the tree of modules' addresses (mod_tree)", "sym mod_tree"));
        return new Finding(
            OopsKind.Other, $"The module {name} is hidden: {how}", Certainty.Likely, FindingRole.Circumstance, evidence,
            "Rootkits hide themselves so. Treat the machine as broken into, and keep the dump.");
    }

    // Each is the mod of a module_kobject; what is built into the kernel has none.
    private static HashSet<ulong> InSysfs(KernelDump kernel, Losses losses)
    {
        var kset = kernel.Memory.ReadWord(kernel.SymbolAddress("module_kset"), "module_kset");
        return [.. KernelLists.Entries(kernel.Context, kset, "struct module_kobject", "kobj.entry", losses)
            .Select(entry => entry["mod"].ToUInt64()).Where(module => module != 0)];
    }

    private static HashSet<ulong> InTree(KernelDump kernel, Losses losses)
    {
        if (!kernel.TrySymbolAddress("mod_tree", out var tree) || kernel.Types.Parse("struct mod_tree_root") is null)
            return [];
        var root = tree + (ulong)new StructLayout(kernel.Types, "struct mod_tree_root").Offset("root.tree");
        return [.. RedBlackTrees.Entries(kernel.Context, root, "struct mod_tree_node", "node.node[0]", losses)
            .Select(node => node["mod"].ToUInt64())];
    }
}
