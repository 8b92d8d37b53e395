using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// Addresses for the sections of an ELF file. Those of a linked file (vmlinux) are the file's own. In an object file (<c>.ko</c>)
/// every section begins at 0, so each part that will be in memory gets a place of its own here, one after the other; with it an
/// address says which section it is in, and the file's debug information can be searched by address.
/// </summary>
internal sealed class ElfPlacement
{
    // Address 0 stays free: in debug information it stands for code that the linker has dropped.
    private const ulong FirstAddress = 0x10000;
    private const ulong Alignment = 0x1000;

    private readonly IReadOnlyList<ElfSection> _sections;
    private readonly ulong[] _addresses;

    public ElfPlacement(ElfFile file)
    {
        _sections = file.Sections;
        _addresses = new ulong[_sections.Count];
        var next = FirstAddress;
        for (var i = 0; i < _addresses.Length; i++)
        {
            var section = _sections[i];
            _addresses[i] = section.Address;
            if (file.Type != ElfHeader.Relocatable || !section.IsAllocated || section.Size > int.MaxValue)
                continue;
            _addresses[i] = next;
            next = (next + section.Size + Alignment) & ~(Alignment - 1);
        }
    }

    /// <summary>The address of a section, by its place in <see cref="ElfFile.Sections"/>.</summary>
    public ulong AddressOf(int section) => _addresses[section];

    /// <summary>The section that is in memory at an address, by its place in <see cref="ElfFile.Sections"/>, or −1.</summary>
    public int SectionAt(ulong address)
    {
        for (var i = 0; i < _addresses.Length; i++)
            if (_sections[i].IsAllocated && address >= _addresses[i] && address - _addresses[i] < _sections[i].Size)
                return i;
        return -1;
    }
}
