using Panicle.Kernel.Values;

namespace Panicle.Kernel.Devices;

/// <summary>The devices of a class (<c>/sys/class</c>, drivers/base/class.c).</summary>
public sealed class DeviceClasses
{
    private readonly KernelDump _kernel;

    internal DeviceClasses(KernelDump kernel) => _kernel = kernel;

    /// <summary>The <c>struct device</c>s of a class, in the order in which they were added.</summary>
    /// <param name="symbol">The variable that is the class: "block_class".</param>
    /// <param name="losses">Gets what can't be read.</param>
    public IReadOnlyList<KernelValue> DevicesOf(string symbol, Losses losses)
    {
        var devices = new List<KernelValue>();
        var list = SubsystemOf(symbol, losses)["klist_devices.k_list"].Address;
        foreach (var node in KernelLists.Entries(_kernel.Context, list, "struct device_private", "knode_class.n_node", losses))
        {
            if (losses.Try("device", node.Address, () => node["device"].Dereference()) is { } device)
                devices.Add(device);
        }
        return devices;
    }

    // Until 6.3 a class points to its private part; since then the private part,
    // found on class_kset's list, points to the class.
    private KernelValue SubsystemOf(string symbol, Losses losses)
    {
        var address = _kernel.SymbolAddress(symbol);
        var type = _kernel.At(address, "struct class");
        if (type.Has("p"))
            return type["p"].Dereference();
        var classes = _kernel.Global("class_kset", "struct kset *")["list"].Address;
        var subsystems = KernelLists.Entries(_kernel.Context, classes, "struct subsys_private", "subsys.kobj.entry", losses);
        foreach (var subsystem in subsystems)
        {
            if (subsystem["class"].ToUInt64() == address)
                return subsystem;
        }
        throw new KernelReadException($"{symbol} is not among the registered device classes");
    }
}
