namespace Panicle.Formats.Instructions;

/// <summary>One machine instruction, or a byte that is none.</summary>
/// <param name="Address">Where it lies.</param>
/// <param name="Bytes">Its encoding.</param>
/// <param name="Text">
/// The instruction in the syntax that the architecture's GNU tools print, without a symbol: <c>call   0xffffffff81328270</c>.
/// </param>
/// <param name="Target">
/// The address with which <paramref name="Text"/> ends, if it ends with one: of the code that a jump or call goes to, or of the
/// data that an instruction-relative operand names. A renderer puts the symbol behind it.
/// </param>
public sealed record Instruction(ulong Address, ReadOnlyMemory<byte> Bytes, string Text, ulong? Target)
{
    /// <summary>Its length in bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>Whether the bytes are no instruction; it is then one byte long.</summary>
    public bool IsBad { get; init; }

    /// <summary>
    /// Whether the processor surely goes on behind it: it is no jump, call, return or trap, and no padding either.
    /// </summary>
    public bool IsFollowed { get; init; }
}
