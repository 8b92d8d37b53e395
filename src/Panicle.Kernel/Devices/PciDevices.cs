using Panicle.Kernel.Values;

namespace Panicle.Kernel.Devices;

/// <summary>A PCI device (<c>struct pci_dev</c>, include/linux/pci.h).</summary>
/// <param name="Address">Address of the <c>pci_dev</c>.</param>
/// <param name="Bus">Address of its <c>pci_bus</c>.</param>
/// <param name="Name">Domain, bus, slot and function: "0000:00:1f.2".</param>
/// <param name="Class">Class and subclass: 0x0600 is a host bridge.</param>
/// <param name="Vendor">The vendor's ID.</param>
/// <param name="Device">The device's ID.</param>
/// <param name="Driver">The driver's name, or null if none drives it.</param>
public sealed record PciDevice(ulong Address, ulong Bus, string Name, ushort Class, ushort Vendor, ushort Device, string? Driver);

/// <summary>The devices on the PCI buses (<c>pci_root_buses</c>).</summary>
public sealed class PciDevices
{
    internal PciDevices(KernelDump kernel)
    {
        var devices = new List<PciDevice>();
        var seen = new HashSet<ulong>();
        var buses = new Queue<KernelValue>(Buses(kernel.SymbolAddress("pci_root_buses")));
        while (buses.TryDequeue(out var bus))
        {
            if (!seen.Add(bus.Address))
                continue;
            var onBus = KernelLists.Entries(kernel.Context, bus["devices"].Address, "struct pci_dev", "bus_list", Losses);
            foreach (var device in onBus)
            {
                if (Losses.Try("PCI device", device.Address, () => Read(device, bus)) is { } found)
                    devices.Add(found);
            }
            foreach (var below in Buses(bus["children"].Address))
                buses.Enqueue(below);
        }
        All = devices;

        IEnumerable<KernelValue> Buses(ulong head) => KernelLists.Entries(kernel.Context, head, "struct pci_bus", "node", Losses);
    }

    /// <summary>The devices bus by bus, a bridge's bus after the bus that the bridge is on.</summary>
    public IReadOnlyList<PciDevice> All { get; }

    /// <summary>What can't be read of the buses.</summary>
    public Losses Losses { get; } = new();

    private static PciDevice Read(KernelValue device, KernelValue bus)
    {
        var name = device["dev.kobj.name"];
        var driver = device["dev.driver"];
        return new PciDevice(
            device.Address, bus.Address, name.IsTrue ? name.ToText() : "?", (ushort)(device["class"].ToUInt64() >> 8),
            (ushort)device["vendor"].ToUInt64(), (ushort)device["device"].ToUInt64(),
            driver.IsTrue ? driver["name"].ToText() : null);
    }
}
