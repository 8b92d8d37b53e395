
namespace Panicle.Formats;

/// <summary>
/// What a hostile or damaged dump may cost. Every length, count and depth that is read from a dump is checked
/// against one of these before anything is allocated or walked.
/// </summary>
public sealed record Limits
{
    /// <summary>The limits used where none are given; generous for real machines.</summary>
    public static Limits Default { get; } = new();

    /// <summary>Most elements that one walk over a kernel list, tree or array yields.</summary>
    public int MaxElements { get; init; } = 4_000_000;

    /// <summary>Longest C string, in bytes.</summary>
    public int MaxStringLength { get; init; } = 64 * 1024;

    /// <summary>Largest single block read from a dump into memory, in bytes (BTF, symbol tables, ELF notes, the log).</summary>
    public int MaxBlock { get; init; } = 128 * 1024 * 1024;

    /// <summary>Deepest nesting followed (types within types, directories, namespaces).</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Most frames in one backtrace.</summary>
    public int MaxFrames { get; init; } = 512;

    /// <summary>Bytes of decoded pages that a dump keeps at most.</summary>
    public int PageCacheBytes { get; init; } = 32 * 1024 * 1024;
}
