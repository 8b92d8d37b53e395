using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.Arch;

/// <summary>A register in a table of them.</summary>
/// <param name="Name">Its name in lower case.</param>
/// <param name="Label">What stands before its value, with the blanks that align it: <c> R8</c>.</param>
/// <param name="Digits">Hexadecimal digits that it is shown with.</param>
public sealed record RegisterField(string Name, string Label, int Digits = 16);

/// <summary>
/// The registers of a processor, by their names in lower case, and what the kernel's calling convention uses them for.
/// </summary>
public sealed record RegisterSet
{
    /// <summary>The register with the address of the instruction: <c>rip</c>, <c>pc</c>.</summary>
    public required string InstructionPointer { get; init; }

    /// <summary>The stack pointer's name: x86-64's <c>rsp</c>.</summary>
    public required string StackPointer { get; init; }

    /// <summary>The lines in which a backtrace shows a set of registers; those that the set lacks are left out.</summary>
    public IReadOnlyList<IReadOnlyList<RegisterField>> Rows { get; init; } = [];

    /// <summary>Where a function gets its first parameters that are numbers or pointers, in their order.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Where a function leaves its result; null if that isn't known.</summary>
    public string? Result { get; init; }

    /// <summary>The general registers that a called function may change without restoring them.</summary>
    public IReadOnlyList<string> LostByCalls { get; init; } = [];

    /// <summary>Where a function that runs may still have its first parameter, the most likely first.</summary>
    public IReadOnlyList<string> KeepFirstArgument { get; init; } = [];

    /// <summary>The numbers that the processor's ABI gives them in DWARF's call-frame information and locations.</summary>
    public DwarfRegisters Dwarf { get; init; } = DwarfRegisters.None;
}
