namespace Panicle.Kernel.Devices;

/// <summary>
/// The kernel's devices (drivers/base/, drivers/pci/, fs/char_dev.c). Each part is read on first use and fails alone.
/// </summary>
public sealed class KernelDevices
{
    private readonly Part<PciDevices> _pci;

    internal KernelDevices(KernelDump kernel)
    {
        Classes = new DeviceClasses(kernel);
        Numbers = new DeviceNumbers(kernel);
        _pci = new("the PCI devices", () => new PciDevices(kernel));
    }

    /// <summary>The devices of each class (<c>/sys/class</c>).</summary>
    public DeviceClasses Classes { get; }

    /// <summary>Which device numbers are taken (<c>/proc/devices</c>).</summary>
    public DeviceNumbers Numbers { get; }

    /// <summary>The devices on the PCI buses.</summary>
    public PciDevices Pci => _pci.Value;
}
