using Panicle.Dumps;

namespace Panicle.Symbols.Dwarf;

/// <summary>What is known of a frame, for computing where its variables are. Registers go by DWARF's numbers.</summary>
public interface IFrameState
{
    /// <summary>What the frame's memory is read from: locations and saved registers lie there.</summary>
    IMemory Memory { get; }

    /// <summary>The registers that the machine has.</summary>
    DwarfRegisters Registers { get; }

    /// <summary>The value that a register had while the frame's function ran, or null if it is lost.</summary>
    ulong? Register(int number);

    /// <summary>
    /// The stack pointer as it was before the function was called (the canonical frame address), or null if it isn't known.
    /// </summary>
    ulong? FrameAddress { get; }

    /// <summary>The value that a register had when the function was entered, or null if nothing tells.</summary>
    ulong? EntryRegister(int number);
}
