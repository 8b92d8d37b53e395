using Panicle.Kernel;
using Panicle.Logs.Decoding;

namespace Panicle.Reports.Sections;

/// <summary>The kernel's taints, and the modules that are not of the kernel's own tree.</summary>
/// <param name="Mask">The kernel's taint bits.</param>
/// <param name="Taints">The flags that are set.</param>
/// <param name="ForeignModules">Modules that are out of tree, proprietary or unsigned.</param>
public sealed record TaintSection(ulong Mask, IReadOnlyList<Taint> Taints, IReadOnlyList<ForeignModule> ForeignModules)
{
    internal static TaintSection Read(KernelDump kernel)
    {
        var mask = kernel.System.Taints;
        var foreign = kernel.Modules.All
            .Select(module => (module.Name, module.Taints))
            .Where(module => Taint.IsForeign(module.Taints))
            .Select(module =>
                new ForeignModule(module.Name, string.Concat(Taint.Of(module.Taints).Select(taint => taint.Letter))));
        return new TaintSection(mask, Taint.Of(mask), [.. foreign]);
    }
}

/// <summary>A module that is not of the kernel's own tree.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Letters">Its taint letters: "OE".</param>
public sealed record ForeignModule(string Name, string Letters);
