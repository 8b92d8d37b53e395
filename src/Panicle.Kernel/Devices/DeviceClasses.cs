using Panicle.Kernel.Values;

namespace Panicle.Kernel.Devices;

/// <summary>The devices of a class (<c>/sys/class</c>, drivers/base/class.c).</summary>
public static class DeviceClasses
{
    /// <summary>The <c>struct device</c>s of a class, in the order in which they were added.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="symbol">The class: "block_class".</param>
    /// <param name="losses">Gets what can't be read.</param>
    public static IReadOnlyList<KernelValue> Devices(KernelDump kernel, string symbol, Losses losses)
    {
        var devices = new List<KernelValue>();
        var list = SubsystemOf(kernel, symbol, losses)["klist_devices.k_list"].Address;
        foreach (var node in KernelLists.Entries(kernel.Context, list, "device_private", "knode_class.n_node", losses))
        {
            if (losses.Try("device", node.Address, () => node["device"].Dereference()) is { } device)
                devices.Add(device);
        }
        return devices;
    }

    // Until 6.3 a class points to its private part; since then the private part, found on class_kset's list, points to
    // the class.
    private static KernelValue SubsystemOf(KernelDump kernel, string symbol, Losses losses)
    {
        var address = kernel.SymbolAddress(symbol);
        var type = kernel.At(address, "struct class");
        if (type.Has("p"))
            return type["p"].Dereference();
        var classes = kernel.Global("class_kset", "struct kset *")["list"].Address;
        foreach (var subsystem in KernelLists.Entries(kernel.Context, classes, "subsys_private", "subsys.kobj.entry", losses))
        {
            if (subsystem["class"].ToUInt64() == address)
                return subsystem;
        }
        throw new KernelReadException($"{symbol} is not among the registered device classes");
    }
}
