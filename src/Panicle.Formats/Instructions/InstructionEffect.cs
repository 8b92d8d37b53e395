namespace Panicle.Formats.Instructions;

/// <summary>Where the processor goes on after an instruction.</summary>
public enum InstructionFlow
{
    /// <summary>At the instruction behind it.</summary>
    Next,

    /// <summary>There or at the instruction's target.</summary>
    Branch,

    /// <summary>At its target, always: a jump without a condition.</summary>
    Jump,

    /// <summary>In the function that it calls, and behind it once that has returned.</summary>
    Call,

    /// <summary>Where the instruction itself doesn't say: a return, a jump through a register or memory, a trap.</summary>
    Elsewhere,
}

/// <summary>
/// What one instruction does. Registers have their names in lower case; "whole" is the largest register of which one is a part.
/// </summary>
public sealed record InstructionEffect
{
    /// <summary>Where the processor goes on.</summary>
    public InstructionFlow Flow { get; init; }

    /// <summary>Address that a jump, branch or call goes to; null where a register or memory tells.</summary>
    public ulong? Target { get; init; }

    /// <summary>The whole registers that it changes; of a call those that the instruction itself changes.</summary>
    public required IReadOnlyList<string> Written { get; init; }

    /// <summary>Its accesses to memory, in the order in which they are told; none for one that touches no memory.</summary>
    public required IReadOnlyList<MemoryOperand> Accesses { get; init; }

    /// <summary>Set if all it does is to copy a register or to load one from memory.</summary>
    public RegisterMove? Move { get; init; }
}

/// <summary>An instruction that copies a register or loads one from memory, without changing the value.</summary>
/// <param name="Destination">The register that is written.</param>
/// <param name="Size">Bytes that are copied.</param>
/// <param name="Source">The register that is copied; null for a load.</param>
/// <param name="Load">The memory that is loaded; null for a copy of a register.</param>
public sealed record RegisterMove(string Destination, int Size, string? Source, MemoryOperand? Load);

/// <summary>Memory that an instruction uses: base + index × scale + displacement.</summary>
/// <param name="Base">The register that the address begins with; null if there is none.</param>
/// <param name="Index">The register that is added; null if there is none.</param>
/// <param name="Scale">What the index is multiplied by.</param>
/// <param name="Displacement">
/// What is added: most often a member's offset, or the whole address where no register is used.
/// </param>
/// <param name="Size">Bytes, or 0 where the instruction doesn't fix it.</param>
public sealed record MemoryOperand(string? Base, string? Index, int Scale, long Displacement, int Size)
{
    /// <summary>
    /// What stands before the address where something is added that the operand doesn't show, as x86's segment of per-CPU
    /// variables: <c>%gs:</c>. Such an address can't be computed. Null otherwise.
    /// </summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// Whether the place is encoded by its distance from the instruction; <see cref="Displacement"/> is the whole address then.
    /// </summary>
    public bool IsInstructionRelative { get; init; }

    /// <summary>Whether it is read.</summary>
    public bool IsRead { get; init; }

    /// <summary>Whether it is written, or may be.</summary>
    public bool IsWritten { get; init; }

    /// <summary>The address, where every register that it needs is known.</summary>
    /// <param name="register">A register's value by its name, or null where it isn't known.</param>
    public ulong? AddressIn(Func<string, ulong?> register) =>
        Prefix is not null ? null
        : (Base is null ? 0 : register(Base)) + (Index is null ? 0 : register(Index)) * (ulong)Scale + (ulong)Displacement;
}
