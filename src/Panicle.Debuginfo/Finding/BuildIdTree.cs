namespace Panicle.Debuginfo.Finding;

/// <summary>
/// A folder of files named by build ID, as gdb, elfutils and all distributions lay it out: <c>.build-id/xx/yyyy.debug</c> has the
/// DWARF of the binary with build ID xxyyyy, <c>.build-id/xx/yyyy</c> is the binary itself.
/// </summary>
/// <param name="root">The folder in which <c>.build-id</c> lies, such as <c>/usr/lib/debug</c>.</param>
public sealed class BuildIdTree(string root)
{
    private const int Shortest = 8;
    private const int Longest = 128;

    /// <summary>Where the DWARF of a build lies, if it is there.</summary>
    public string DebugInfo(string buildId) => $"{PathOf(buildId)}.debug";

    /// <summary>Where the binary of a build lies, if it is there.</summary>
    public string Executable(string buildId) => PathOf(buildId);

    /// <summary>
    /// Whether a text is a build ID: hex digits in lower case, an even number of them. Nothing else comes near a path.
    /// </summary>
    public static bool IsBuildId(string? text) =>
        text is { Length: >= Shortest and <= Longest } && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigitLower);

    private string PathOf(string buildId) => IsBuildId(buildId)
        ? Path.Combine(root, ".build-id", buildId[..2], buildId[2..])
        : throw new ArgumentException($"'{buildId}' is no build ID", nameof(buildId));
}
