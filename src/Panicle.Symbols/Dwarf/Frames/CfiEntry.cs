namespace Panicle.Symbols.Dwarf;

/// <summary>What frame descriptions share (a CIE; DWARF 5, 6.4.1).</summary>
/// <param name="CodeAlignment">What advances are multiplied by.</param>
/// <param name="DataAlignment">What factored offsets are multiplied by.</param>
/// <param name="ReturnAddress">The register that stands for the return address.</param>
/// <param name="PointerEncoding">How addresses are stored (DW_EH_PE_…); 0 for plain ones.</param>
/// <param name="HasAugmentation">Whether each description has augmentation data.</param>
/// <param name="IsSignal">Whether the frames are those of a signal or exception.</param>
/// <param name="Start">Where the first instructions begin in the section.</param>
/// <param name="End">Where they end.</param>
internal sealed record CfiCommon(
    ulong CodeAlignment, long DataAlignment, int ReturnAddress, byte PointerEncoding, bool HasAugmentation, bool IsSignal,
    int Start, int End);

/// <summary>The description of a function's frames (an FDE).</summary>
/// <param name="First">The first address of its code.</param>
/// <param name="Length">The length of its code.</param>
/// <param name="Common">Where what it shares is, in the section.</param>
/// <param name="Start">Where its instructions begin.</param>
/// <param name="End">Where they end.</param>
internal readonly record struct CfiEntry(ulong First, ulong Length, int Common, int Start, int End);
