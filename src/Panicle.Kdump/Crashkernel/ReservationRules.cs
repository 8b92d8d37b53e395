namespace Panicle.Kdump.Crashkernel;

/// <summary>What an architecture's kernel asks of a reservation, and what the usual formula gives it.</summary>
/// <param name="Architecture">The architecture, as <c>uname -m</c> says it.</param>
/// <param name="Alignment">What a fixed address must be a multiple of, in bytes (CRASH_ALIGN).</param>
/// <param name="Low">
/// What is added below 4 GB to a reservation above, in bytes (DEFAULT_CRASH_KERNEL_LOW_SIZE): room for swiotlb.
/// </param>
/// <param name="Formula">The fixed part of the formula in bytes; 0 where there is no formula.</param>
/// <param name="FormulaPerTerabyte">What it adds for each TB of memory, in bytes.</param>
internal sealed record ReservationRules(string Architecture, ulong Alignment, ulong Low, ulong Formula, ulong FormulaPerTerabyte)
{
    private const ulong Megabyte = 1 << 20;

    /// <summary>What a fixed address had to be a multiple of before Linux 6.7, in bytes.</summary>
    public ulong OldAlignment { get; private init; } = Alignment;

    private static readonly ReservationRules Others = new("", 2 * Megabyte, 128 * Megabyte, 0, 0);

    private static readonly ReservationRules[] Known =
    [
        new("x86_64", 16 * Megabyte, 256 * Megabyte, 161 * Megabyte, 64 * Megabyte) { OldAlignment = Megabyte },
        Others with { Architecture = "aarch64", Formula = 512 * Megabyte },
        Others with { Architecture = "i686", Formula = 128 * Megabyte },
    ];

    /// <summary>Those of an architecture; of one that isn't known, what most have.</summary>
    public static ReservationRules Of(string architecture) =>
        Array.Find(Known, rules => rules.Architecture == architecture) ?? Others;
}
