using System.Globalization;
using System.Text;

namespace Panicle.Formats.Archives;

/// <summary>
/// Reads cpio archives in the form "newc" (cpio(5)), which RPM's packages and initramfs are: a header of hexadecimal digits,
/// the name, the content, each padded to four bytes. Of files with several names, the content stands at the last one; the others
/// are passed over.
/// </summary>
public static class CpioArchive
{
    private const int HeaderBytes = 110;
    private const int MostEntries = 4_000_000;
    private const int MostNameBytes = 64 << 10;
    private const uint KindMask = 0xf000;
    private const uint Regular = 0x8000;

    /// <summary>The regular files of an archive that aren't empty, one after the other.</summary>
    public static IEnumerable<ArchiveFile> Read(Stream archive)
    {
        var header = new byte[HeaderBytes];
        for (var i = 0; i < MostEntries; i++)
        {
            archive.ReadExactly(header, 0, 6);
            if (header.AsSpan(0, 6).SequenceEqual("07070X"u8))
                throw new InvalidDataException(
                    "the package has files of more than 4 GB, in a form that Panicle doesn't read; "
                        + "unpack it with rpm2cpio and add the files");
            if (!header.AsSpan(0, 6).SequenceEqual("070701"u8) && !header.AsSpan(0, 6).SequenceEqual("070702"u8))
                throw new InvalidDataException("the cpio archive is broken");
            archive.ReadExactly(header, 6, HeaderBytes - 6);
            var nameBytes = Field(header, 11);
            if (nameBytes is 0 or > MostNameBytes)
                throw new InvalidDataException("the cpio archive is broken");
            var name = new byte[nameBytes];
            archive.ReadExactly(name);
            EntryStream.Skip(archive, -(HeaderBytes + nameBytes) & 3);
            if (name.AsSpan().SequenceEqual("TRAILER!!!\0"u8))
                yield break;
            var content = new EntryStream(archive, Field(header, 6));
            if ((Field(header, 1) & KindMask) == Regular && content.Length > 0)
                yield return new ArchiveFile(ArchiveFile.Clean(Encoding.UTF8.GetString(name).TrimEnd('\0')), content);
            content.Finish(-content.Length & 3);
        }
    }

    // Eight hexadecimal digits each: inode, mode, owner, group, links, time, size,
    // four device numbers, length of the name, checksum.
    private static uint Field(byte[] header, int index) =>
        uint.TryParse(
            header.AsSpan(6 + index * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException("the cpio archive is broken");
}
