using Panicle.Kernel.Values;

namespace Panicle.Kernel.Module;

/// <summary>One block of a module's memory.</summary>
/// <param name="Name">
/// The kernel's name for it: "text", "data", "rodata", "ro_after_init", "init_text"…; "core" and "init" before 6.4.
/// </param>
/// <param name="Range">Its addresses.</param>
/// <param name="IsInit">Whether it is thrown away once the module is live.</param>
public sealed record ModuleRegion(string Name, AddressRange Range, bool IsInit)
{
    // enum mod_mem_type, include/linux/module.h (6.4 and later).
    private static readonly string[] MemNames =
    [
        "text", "data", "rodata", "ro_after_init", "init_text", "init_data", "init_rodata",
    ];
    private const ulong MostBytes = 1UL << 31; // The whole module area is smaller than 2 GiB.

    internal static IReadOnlyList<ModuleRegion> Read(KernelValue module)
    {
        var regions = new List<ModuleRegion>();
        if (module.Has("mem"))
        {
            for (var i = 0; i < MemNames.Length; i++)
                Add(regions, MemNames[i], module["mem"][i]["base"].ToUInt64(), module["mem"][i]["size"].ToUInt64(), i >= 4);
        }
        else
        {
            Add(regions, "core", module["core_layout.base"].ToUInt64(), module["core_layout.size"].ToUInt64(), false);
            Add(regions, "init", module["init_layout.base"].ToUInt64(), module["init_layout.size"].ToUInt64(), true);
        }
        return regions;
    }

    private static void Add(List<ModuleRegion> regions, string name, ulong start, ulong size, bool isInit)
    {
        if (start != 0 && size is > 0 and < MostBytes)
            regions.Add(new ModuleRegion(name, new AddressRange(start, start + size), isInit));
    }
}
