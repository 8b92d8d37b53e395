using Panicle.Formats.Instructions;

namespace Panicle.Kernel.Arch;

/// <summary>A protection that the kernel keeps on and that was off.</summary>
/// <param name="Name">The register and the bit: <c>CR0.WP</c>.</param>
/// <param name="Why">What shows it, as a sentence without a full stop.</param>
/// <param name="Address">Where a dump's memory shows it; null if a log does.</param>
public sealed record DisabledProtection(string Name, string Why, ulong? Address = null);

/// <summary>
/// What holds for a processor whatever runs on it, and can be told without a dump: its registers, its instructions, what its
/// exceptions say. An oops text alone is read with it.
/// </summary>
public abstract class Processor : IProcessor
{
    /// <summary>Its name in an event of a log: "x86-64".</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The names of its registers, in the order in which its kernel prints them, and which of them have a part to play.
    /// </summary>
    public abstract RegisterSet Registers { get; }

    /// <inheritdoc/>
    public string InstructionPointer => Registers.InstructionPointer;

    /// <inheritdoc/>
    public abstract Disassembler Disassembler { get; }

    /// <inheritdoc/>
    public abstract IInstructionAnalyzer Instructions { get; }

    /// <summary>Whether interrupts were on; null if the registers don't say.</summary>
    /// <param name="register">A register's value by its name, or null where it isn't known.</param>
    public abstract bool? InterruptsOn(Func<string, ulong?> register);

    /// <inheritdoc/>
    public abstract string DescribePageFault(ulong errorCode);

    /// <summary>The error code in a line of the log that tells a page fault's; null if the line is none.</summary>
    public abstract ulong? PageFaultCodeIn(string line);

    /// <summary>Whether a page fault's error code says that an instruction could not be fetched.</summary>
    public abstract bool IsInstructionFetch(ulong errorCode);

    /// <summary>Whether an address is one that processes use, as the kernel is commonly configured.</summary>
    public abstract bool IsUserAddress(ulong address);

    /// <summary>The protections that an event's registers say were off.</summary>
    /// <param name="register">A register's value by its name, or null where it isn't known.</param>
    public abstract IEnumerable<DisabledProtection> DisabledProtections(Func<string, ulong?> register);
}
