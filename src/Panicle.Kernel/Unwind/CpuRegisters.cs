namespace Panicle.Kernel.Unwind;

/// <summary>A full set of general registers at one moment. Immutable.</summary>
/// <param name="InstructionPointer">rip, pc.</param>
/// <param name="StackPointer">rsp, sp.</param>
/// <param name="FramePointer">rbp, x29.</param>
/// <param name="IsUserMode">Whether the processor ran user code.</param>
/// <param name="Named">
/// Every register, by the architecture's own name in lower case ("rax", "orig_rax", "rflags"),
/// in the order in which the kernel prints them.
/// </param>
public sealed record CpuRegisters(
    ulong InstructionPointer, ulong StackPointer, ulong FramePointer, bool IsUserMode, IReadOnlyList<NamedRegister> Named)
{
    /// <summary>The value of a register by its lower-case name, or null if this set has none of that name.</summary>
    public ulong? this[string name]
    {
        get
        {
            foreach (var register in Named)
            {
                if (register.Name == name)
                    return register.Value;
            }
            return null;
        }
    }
}

/// <summary>A register's lower-case name and its value, zero-extended to 64 bits.</summary>
public readonly record struct NamedRegister(string Name, ulong Value);
