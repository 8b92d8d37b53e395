namespace Panicle.Symbols.Dwarf;

/// <summary>Where a part of a variable is.</summary>
internal enum PieceKind : byte
{
    /// <summary>Nowhere: the compiler dropped it.</summary>
    Lost,
    /// <summary>In memory, at the address that is the value.</summary>
    Memory,
    /// <summary>In a register; the value is its number.</summary>
    Register,
    /// <summary>It is the value.</summary>
    Value,
    /// <summary>It is bytes of the debug information; the value is their offset in its section.</summary>
    Bytes,
}

/// <summary>A part of a variable (DWARF 5, 2.6.1.2).</summary>
/// <param name="Kind">Where it is.</param>
/// <param name="Value">See <see cref="PieceKind"/>.</param>
/// <param name="Length">For <see cref="PieceKind.Bytes"/>: how many.</param>
/// <param name="BitSize">Its size in bits; 0 for all that the variable has.</param>
/// <param name="BitOffset">Where in the place it begins, in bits.</param>
internal readonly record struct LocationPiece(PieceKind Kind, ulong Value, int Length, ulong BitSize, ulong BitOffset);
