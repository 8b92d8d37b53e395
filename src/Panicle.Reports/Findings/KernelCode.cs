using Panicle.Kernel;

namespace Panicle.Reports.Findings;

/// <summary>Where the kernel's code lies: its own text, and that of the modules on its list.</summary>
internal sealed class KernelCode(KernelDump kernel)
{
    private readonly AddressRange _text = new(kernel.SymbolAddress("_stext"), kernel.SymbolAddress("_etext"));

    /// <summary>Whether an address is in it.</summary>
    public bool Contains(ulong address) => IsKernels(address)
        || kernel.Modules.Containing(address)?.Regions.Any(region =>
            region.Range.Contains(address) && region.Name is "text" or "init_text" or "core" or "init") == true;

    /// <summary>Whether an address is in the text of the kernel image itself.</summary>
    public bool IsKernels(ulong address) => _text.Contains(address);
}
