using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>The rules in force at an instruction: where the frame is, and where each register of the caller is.</summary>
internal struct CfiRow
{
    /// <summary>
    /// Registers that rules are kept for, by DWARF's numbers from 0: the general ones and the instruction pointer, which are 17
    /// on x86-64 and 33 on arm64. Rules for others are passed over.
    /// </summary>
    public const int Registers = 33;

    /// <summary>The section that the rules are from, where their expressions are.</summary>
    public DwarfSection Section;

    /// <summary>How the frame's address (CFA) is found: the stack pointer as it was before the call.</summary>
    public CfiRule FrameAddress;

    /// <summary>The rule of each register.</summary>
    public Rules Register;

    /// <summary>One rule for each register.</summary>
    [InlineArray(Registers)]
    public struct Rules
    {
        private CfiRule _first;
    }
}
