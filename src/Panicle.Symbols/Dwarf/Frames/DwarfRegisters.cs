namespace Panicle.Symbols.Dwarf;

/// <summary>
/// A processor's registers as DWARF numbers them, and what the calling convention says of them: the supplement to the System V
/// ABI for the processor. Numbers without a rule in call-frame information mean what this says.
/// </summary>
/// <param name="Names">The registers' names by their numbers; the last is the instruction pointer.</param>
/// <param name="StackPointer">Number of the stack pointer.</param>
/// <param name="FramePointer">Number of the frame pointer.</param>
/// <param name="ReturnAddress">Number in whose place call-frame information has the caller's instruction.</param>
/// <param name="Preserved">Numbers of the registers that a function gives back as it got them.</param>
public sealed record DwarfRegisters(
    IReadOnlyList<string> Names, int StackPointer, int FramePointer, int ReturnAddress, IReadOnlySet<int> Preserved)
{
    /// <summary>Of a processor whose numbers aren't known.</summary>
    public static DwarfRegisters None { get; } = new([], 0, 0, 0, new HashSet<int>());

    /// <summary>One past the highest number that has a register, which is the instruction pointer.</summary>
    public int Count => Names.Count;

    /// <summary>A register's name, or its number in words.</summary>
    public string NameOf(int number) => (uint)number < (uint)Names.Count ? Names[number] : $"number {number}";
}
