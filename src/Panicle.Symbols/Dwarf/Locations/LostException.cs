namespace Panicle.Symbols.Dwarf;

/// <summary>
/// A value that debug information describes and that can't be had here:
/// a register is lost, memory is missing, the compiler dropped it.
/// </summary>
/// <param name="reason">Why, as a clause for a person.</param>
internal sealed class LostException(string reason) : Exception(reason);
