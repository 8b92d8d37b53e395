using System.Text;

namespace Panicle.Formats.Archives;

/// <summary>
/// Reads <c>ar</c> archives, which Debian's packages are (deb(5)): "!&lt;arch&gt;\n", then entries with a header of 60
/// characters, each beginning at an even place.
/// </summary>
internal static class ArArchive
{
    public static ReadOnlySpan<byte> Magic => "!<arch>\n"u8;

    private const int HeaderBytes = 60;
    private const int MostEntries = 1000;

    /// <summary>The files of an archive, one after the other.</summary>
    public static IEnumerable<ArchiveFile> Read(Stream archive)
    {
        var header = new byte[HeaderBytes];
        archive.ReadExactly(header, 0, Magic.Length);
        for (
            var i = 0; i < MostEntries && archive.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes; i++)
        {
            // Name, time, owner, group, mode, size, and the mark "`\n".
            if (header[58] != '`' || header[59] != '\n'
                || !long.TryParse(Encoding.ASCII.GetString(header, 48, 10).Trim(), out var size) || size < 0)
                throw new InvalidDataException("the ar archive is broken");
            var content = new EntryStream(archive, size);
            yield return new ArchiveFile(
                ArchiveFile.Clean(Encoding.UTF8.GetString(header, 0, 16).TrimEnd().TrimEnd('/')), content);
            content.Finish(size & 1);
        }
    }
}
