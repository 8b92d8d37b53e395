
namespace Panicle.Formats.Http;

/// <summary>What Panicle's client and server say to each other beyond debuginfod's protocol.</summary>
public static class Wire
{
    /// <summary>
    /// The field of a client that reads compressed sections: the server then sends files as the store has them.
    /// </summary>
    public const string SectionsField = "X-Panicle-Sections";

    /// <summary>The whole line with which a client says so.</summary>
    public const string AcceptsCompressedSections = $"{SectionsField}: zstd";
}
