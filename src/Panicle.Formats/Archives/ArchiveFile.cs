namespace Panicle.Formats.Archives;

/// <summary>A regular file in an archive.</summary>
/// <param name="Name">
/// Its path as the archive has it, without <c>./</c> or <c>/</c> in front. It is never used as a path on this machine.
/// </param>
/// <param name="Content">Its bytes; to be read before the next file is asked for.</param>
public sealed record ArchiveFile(string Name, Stream Content)
{
    /// <summary>A name without what archives put in front.</summary>
    public static string Clean(string name)
    {
        var text = name.AsSpan();
        while (text.StartsWith("./") || text.StartsWith("/"))
            text = text[(text[0] == '/' ? 1 : 2)..];
        return text.ToString();
    }
}
