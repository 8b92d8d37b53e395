namespace Panicle.Kdump.Crashkernel;

/// <summary>One range of the form <c>START-[END]:SIZE</c>.</summary>
/// <param name="Start">The least amount of memory that it is for, in bytes.</param>
/// <param name="End">The amount that it is no longer for, in bytes, or null for no end.</param>
/// <param name="Size">What it reserves, in bytes.</param>
public readonly record struct CrashkernelRange(ulong Start, ulong? End, ulong Size)
{
    /// <summary>Whether a machine with this much memory gets this range's size.</summary>
    public bool Contains(ulong memory) => memory >= Start && (End is not { } end || memory < end);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{MemorySize.Format(Start)}-{(End is { } end ? MemorySize.Format(end) : "")}:{MemorySize.Format(Size)}";
}
