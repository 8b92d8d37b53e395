using Panicle.Formats.Elf;
using Panicle.Kernel.Module;
using Panicle.Symbols.Elf;

namespace Panicle.Kernel.DebugInfo;

/// <summary>
/// Between the addresses of a file and those where its content was loaded: the kernel as a whole, a module section by section.
/// </summary>
internal sealed class AddressMap
{
    // What lies lower are places in the CPUs' areas of per-CPU variables, which aren't moved.
    private const ulong KernelHalf = 1UL << 63;

    private readonly ulong _slide;
    private readonly IReadOnlyList<LoadedSection>? _sections;

    private AddressMap(ulong slide, IReadOnlyList<LoadedSection>? sections)
    {
        _slide = slide;
        _sections = sections;
    }

    /// <summary>The map of the kernel, or of a module; null if nothing tells where the module's sections are.</summary>
    public static AddressMap? Of(ElfFile file, KernelDump kernel, KernelModule? module)
    {
        if (module is null)
            return new AddressMap(kernel.Info.KernelOffset, null);
        return module.Symbols is { } symbols && LoadedSections.Match(file, symbols) is { Count: > 0 } sections
            ? new AddressMap(0, sections)
            : null;
    }

    public ulong ToMemory(ulong address)
    {
        if (_sections is null)
            return address >= KernelHalf ? address + _slide : address;
        foreach (var section in _sections)
            if (address - section.Linked < section.Size)
                return address - section.Linked + section.Loaded;
        return address;
    }

    public ulong? ToFile(ulong address)
    {
        if (_sections is null)
            return address >= KernelHalf ? address - _slide : null;
        foreach (var section in _sections)
            if (address - section.Loaded < section.Size)
                return address - section.Loaded + section.Linked;
        return null;
    }
}
