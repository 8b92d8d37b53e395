namespace Panicle.Symbols;

/// <summary>A name with the address that it stands for: of a function, a variable, or a place in the image.</summary>
/// <param name="Name">The name as the kernel or the object file has it.</param>
/// <param name="Address">Its run-time virtual address (KASLR applied).</param>
/// <param name="Size">
/// Its size in bytes: the file's own where it says, else the distance to the next symbol; 0 if unknown.
/// </param>
/// <param name="Type">nm's letter: t/T text, d/D data, b/B bss, r/R read-only, a/A absolute, w/W/v/V weak.</param>
/// <param name="Module">The module it belongs to, or null for the kernel image.</param>
public readonly record struct Symbol(string Name, ulong Address, ulong Size, char Type, string? Module = null)
{
    /// <summary>Whether it names code, by nm's letter: t and T, and weak functions w and W.</summary>
    public bool IsText => Type is 't' or 'T' or 'w' or 'W';
}
