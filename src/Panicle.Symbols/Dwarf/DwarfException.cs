namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Debug information that can't be followed: damaged, cut off, or of a kind that isn't known. It costs the unit (the source file)
/// that it is in, and no other.
/// </summary>
/// <param name="section">The section, such as <c>.debug_info</c>.</param>
/// <param name="offset">Where in it, in bytes.</param>
/// <param name="problem">What is wrong there, as a clause.</param>
public sealed class DwarfException(string section, long offset, string problem)
    : Exception($"{section}+0x{offset:x}: {problem}")
{
    /// <summary>The section with what is damaged: <c>.debug_info</c>.</summary>
    public string Section { get; } = section;

    /// <summary>Where in the section, in bytes.</summary>
    public long Offset { get; } = offset;
}
