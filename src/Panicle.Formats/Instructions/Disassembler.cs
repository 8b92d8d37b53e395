namespace Panicle.Formats.Instructions;

/// <summary>Turns an architecture's machine code into instructions. Thread-safe.</summary>
public abstract class Disassembler
{
    /// <summary>Length in bytes of the longest instruction.</summary>
    public abstract int MaxLength { get; }

    /// <summary>
    /// The instructions in a piece of code, from its first byte on. A byte with which no instruction begins becomes a bad
    /// instruction; an instruction that the code's end cuts off is left out.
    /// </summary>
    /// <param name="code">The code's bytes.</param>
    /// <param name="address">Address of the first byte.</param>
    public abstract IEnumerable<Instruction> Decode(ReadOnlyMemory<byte> code, ulong address);
}
