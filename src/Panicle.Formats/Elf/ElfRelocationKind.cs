namespace Panicle.Formats.Elf;

/// <summary>
/// What a relocation of debug information does with its place, whatever the machine: replaces what is there, adds to it or takes
/// from it, and how many bits.
/// </summary>
public enum ElfRelocationKind
{
    /// <summary>Nothing, or nothing that debug information has.</summary>
    None,

    /// <summary>The symbol's value in 64 bits.</summary>
    Set64,

    /// <summary>The symbol's value in 32 bits.</summary>
    Set32,

    /// <summary>The symbol's value in 16 bits.</summary>
    Set16,

    /// <summary>The symbol's value in 8 bits.</summary>
    Set8,

    /// <summary>Adds it to 64 bits.</summary>
    Add64,

    /// <summary>Adds it to 32 bits.</summary>
    Add32,

    /// <summary>Adds it to 16 bits.</summary>
    Add16,

    /// <summary>Adds it to 8 bits.</summary>
    Add8,

    /// <summary>Takes it from 64 bits.</summary>
    Sub64,

    /// <summary>Takes it from 32 bits.</summary>
    Sub32,

    /// <summary>Takes it from 16 bits.</summary>
    Sub16,

    /// <summary>Takes it from 8 bits.</summary>
    Sub8,

    /// <summary>Its value in the low 6 bits of a byte.</summary>
    Set6,

    /// <summary>Takes it from the low 6 bits of a byte.</summary>
    Sub6,

    /// <summary>Its value as a LEB128 of the length that is there.</summary>
    SetUleb,

    /// <summary>Takes it from a LEB128.</summary>
    SubUleb,

    /// <summary>Its distance from the place, in 64 bits.</summary>
    Relative64,

    /// <summary>Its distance from the place, in 32 bits.</summary>
    Relative32,
}
