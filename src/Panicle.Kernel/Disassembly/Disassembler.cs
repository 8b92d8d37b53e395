using Panicle.Kernel.Arch.X86_64;

namespace Panicle.Kernel.Disassembly;

/// <summary>Turns an architecture's machine code into instructions. Thread-safe.</summary>
public abstract class Disassembler
{
    /// <summary>For x86 code that lies in no dump, such as an oops text's.</summary>
    /// <param name="bits">64 or 32.</param>
    public static Disassembler X86(int bits) => new X86_64Disassembler(bits);

    /// <summary>Length in bytes of the longest instruction.</summary>
    public abstract int MaxLength { get; }

    /// <summary>
    /// The instructions in a piece of code, from its first byte on. A byte with which no instruction begins becomes a bad instruction; an
    /// instruction that the code's end cuts off is left out.
    /// </summary>
    /// <param name="code">The code's bytes.</param>
    /// <param name="address">Address of the first byte.</param>
    public abstract IEnumerable<Instruction> Decode(ReadOnlyMemory<byte> code, ulong address);
}
