namespace Panicle.Formats.Elf;

/// <summary>
/// The relocation types of each machine that occur in debug information, by the processor supplements of the System V ABI. A
/// machine is one table here.
/// </summary>
public static class ElfRelocationTable
{
    /// <summary>What a relocation does.</summary>
    /// <param name="machine">ELF machine number of the file.</param>
    /// <param name="type">The relocation's type, which each machine numbers for itself.</param>
    public static ElfRelocationKind KindOf(ushort machine, uint type) => machine switch
    {
        ElfMachine.X86_64 => OfX86_64(type),
        ElfMachine.AArch64 => OfAArch64(type),
        ElfMachine.RiscV => OfRiscV(type),
        _ => ElfRelocationKind.None,
    };

    private static ElfRelocationKind OfX86_64(uint type) => type switch
    {
        1 => ElfRelocationKind.Set64,
        2 => ElfRelocationKind.Relative32,
        10 or 11 => ElfRelocationKind.Set32,
        24 => ElfRelocationKind.Relative64,
        _ => ElfRelocationKind.None,
    };

    private static ElfRelocationKind OfAArch64(uint type) => type switch
    {
        257 => ElfRelocationKind.Set64,
        258 => ElfRelocationKind.Set32,
        260 => ElfRelocationKind.Relative64,
        261 => ElfRelocationKind.Relative32,
        _ => ElfRelocationKind.None,
    };

    private static ElfRelocationKind OfRiscV(uint type) => type switch
    {
        1 => ElfRelocationKind.Set32,
        2 => ElfRelocationKind.Set64,
        33 => ElfRelocationKind.Add8,
        34 => ElfRelocationKind.Add16,
        35 => ElfRelocationKind.Add32,
        36 => ElfRelocationKind.Add64,
        37 => ElfRelocationKind.Sub8,
        38 => ElfRelocationKind.Sub16,
        39 => ElfRelocationKind.Sub32,
        40 => ElfRelocationKind.Sub64,
        52 => ElfRelocationKind.Sub6,
        53 => ElfRelocationKind.Set6,
        54 => ElfRelocationKind.Set8,
        55 => ElfRelocationKind.Set16,
        56 => ElfRelocationKind.Set32,
        57 => ElfRelocationKind.Relative32,
        60 => ElfRelocationKind.SetUleb,
        61 => ElfRelocationKind.SubUleb,
        _ => ElfRelocationKind.None,
    };
}
