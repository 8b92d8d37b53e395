using Panicle.Formats.Compression;
using Panicle.Formats.Streams;

namespace Panicle.Formats.Archives;

/// <summary>
/// Packages and archives, told by their content: .deb and .ddeb, .rpm, .tar and .cpio, the latter two compressed or not.
/// </summary>
public static class Package
{
    private const int HeadBytes = 512;

    /// <summary>The files of a package, one after the other; null if the file is none. Owns the stream.</summary>
    public static IEnumerable<ArchiveFile>? TryOpen(Stream file)
    {
        var head = new byte[HeadBytes];
        var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (head.AsSpan().StartsWith(ArArchive.Magic))
            return Debian(file);
        if (head.AsSpan().StartsWith(RpmPackage.Magic))
            return RpmPackage.Read(file);
        return Archive(head.AsSpan(0, length), file);
    }

    private static IEnumerable<ArchiveFile>? Archive(ReadOnlySpan<byte> head, Stream file)
    {
        Stream plain = file;
        if (Packed.Decoder(head, file) is { } decoder)
        {
            var start = new byte[HeadBytes];
            var length = decoder.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            head = start.AsSpan(0, length);
            plain = new JoinedStream(start.AsMemory(0, length), [decoder]);
        }
        if (TarArchive.IsHeader(head))
            return TarArchive.Read(plain);
        return head.StartsWith("070701"u8) || head.StartsWith("070702"u8) ? CpioArchive.Read(plain) : null;
    }

    // debian-binary, control.tar.*, data.tar.*
    private static IEnumerable<ArchiveFile> Debian(Stream file) => ArArchive.Read(file)
        .Where(member => member.Name.StartsWith("data.tar", StringComparison.Ordinal))
        .SelectMany(member => TarArchive.Read(Packed.Open(member.Content)));
}
