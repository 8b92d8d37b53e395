namespace Panicle.Formats.Instructions;

/// <summary>Says what an architecture's instructions do. Thread-safe.</summary>
public interface IInstructionAnalyzer
{
    /// <summary>What the first instruction of a piece of code does; null if its bytes are none.</summary>
    /// <param name="code">The code.</param>
    /// <param name="address">Address of the first byte, or 0 where it isn't known.</param>
    InstructionEffect? Analyze(ReadOnlySpan<byte> code, ulong address);

    /// <summary>
    /// The general register of which a register is the whole or a part: x86-64's <c>rsi</c> for <c>esi</c>.
    /// Null if the name is none.
    /// </summary>
    /// <param name="name">The name in lower case.</param>
    string? WholeRegister(string name);
}
