namespace Panicle.Symbols;

/// <summary>Source lines for addresses of code, from one source. Thread-safe.</summary>
public interface ISourceLines
{
    /// <summary>Where the lines come from, in words: "DWARF of vmlinux".</summary>
    string Source { get; }

    /// <summary>
    /// What the code at an address was compiled from: the innermost function first, then each that it was inlined into, at the
    /// line of the call; the last one is a function that stands by itself. Empty if nothing is known of the address.
    /// </summary>
    IReadOnlyList<SourceFrame> Find(ulong address);
}
