namespace Panicle.Logs.Decoding;

/// <summary>One of the kernel's taint flags (Documentation/admin-guide/tainted-kernels.rst).</summary>
/// <param name="Bit">Its bit in the mask.</param>
/// <param name="Letter">The letter by which an oops shows it.</param>
/// <param name="Meaning">What it says of the kernel, in a clause.</param>
public sealed record Taint(int Bit, char Letter, string Meaning)
{
    /// <summary>Every flag the kernel knows, by bit.</summary>
    public static IReadOnlyList<Taint> All { get; } =
    [
        new(0, 'P', "a proprietary module was loaded"),
        new(1, 'F', "a module was force-loaded"),
        new(2, 'S', "the hardware is out of specification"),
        new(3, 'R', "a module was force-unloaded"),
        new(4, 'M', "the processor reported a machine check"),
        new(5, 'B', "a page with bad flags or counts was found"),
        new(6, 'U', "user space asked for this taint"),
        new(7, 'D', "the kernel had an oops or BUG before"),
        new(8, 'A', "an ACPI table was overridden"),
        new(9, 'W', "the kernel had issued a warning"),
        new(10, 'C', "a staging driver was loaded"),
        new(11, 'I', "a firmware bug was worked around"),
        new(12, 'O', "an out-of-tree module was loaded"),
        new(13, 'E', "an unsigned module was loaded"),
        new(14, 'L', "a soft lockup occurred"),
        new(15, 'K', "the kernel was live-patched"),
        new(16, 'X', "auxiliary taint, defined by the distribution"),
        new(17, 'T', "the kernel was built with structure randomization"),
        new(18, 'N', "an in-kernel test was run"),
        new(19, 'J', "user space used a mutating debug operation of fwctl"),
    ];

    /// <summary>
    /// The flags that are set in a mask (<c>tainted_mask</c>, or a module's <c>taints</c>), by bit.
    /// Unknown bits are shown as such.
    /// </summary>
    public static IReadOnlyList<Taint> Of(ulong mask)
    {
        var found = All.Where(taint => (mask >> taint.Bit & 1) != 0).ToList();
        for (var bit = All.Count; bit < 64; bit++)
        {
            if ((mask >> bit & 1) != 0)
                found.Add(new Taint(bit, '?', $"bit {bit}, which is newer than this program"));
        }
        return found;
    }

    /// <summary>
    /// Whether a module's taints say that it isn't part of the kernel's own tree (proprietary, out of tree, or unsigned).
    /// </summary>
    public static bool IsForeign(ulong moduleTaints) => Of(moduleTaints).Any(IsForeign);

    /// <summary>Whether a taint says so of the module that has it.</summary>
    public static bool IsForeign(Taint taint) => taint.Letter is 'P' or 'O' or 'E';
}
