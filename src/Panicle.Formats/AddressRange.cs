
namespace Panicle.Formats;

/// <summary>A half-open range of byte addresses.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">One past the last address; never below <paramref name="Start"/>.</param>
public readonly record struct AddressRange(ulong Start, ulong End)
{
    /// <summary>How many bytes lie in it.</summary>
    public ulong Length => End - Start;

    /// <summary>Whether the address lies in the range.</summary>
    public bool Contains(ulong address) => address >= Start && address < End;

    /// <inheritdoc/>
    public override string ToString() => $"{Start:x}-{End:x}";
}
