using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Panicle.Formats.Archives;

/// <summary>
/// Reads tar archives: ustar and pax (POSIX.1, "pax Interchange Format") and GNU's long names (tar(5)). Only regular files come
/// out. The framework's reader won't do: it allocates what the header of a long name claims,
/// gigabytes for a file of one kilobyte.
/// </summary>
internal static class TarArchive
{
    private const int BlockBytes = 512;
    private const int MostNameBytes = 1 << 20;
    private const int MostEntries = 4_000_000;

    /// <summary>Whether a block is the first of a tar archive: its checksum is right.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block) =>
        block.Length >= BlockBytes && block[0] != 0 && Number(block.Slice(148, 8)) == Checksum(block);

    /// <summary>The regular files of an archive, one after the other.</summary>
    public static IEnumerable<ArchiveFile> Read(Stream archive)
    {
        var block = new byte[BlockBytes];
        string? longName = null;
        long? longSize = null;
        for (var i = 0; i < MostEntries && archive.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false) == BlockBytes; i++)
        {
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
                yield break;
            if (!IsHeader(block))
                throw new InvalidDataException("the tar archive is broken");
            var kind = block[156];
            var size = longSize ?? Number(block.AsSpan(124, 12));
            if (size < 0)
                throw new InvalidDataException("the tar archive is broken");
            if (kind is (byte)'L' or (byte)'x')
            {
                var extra = ReadExtra(archive, size);
                if (kind == 'L')
                    longName = Encoding.UTF8.GetString(extra).TrimEnd('\0');
                else
                    ReadPax(extra, ref longName, ref longSize);
                continue;
            }
            // Links and directories have no bytes, whatever their size says.
            var content = new EntryStream(archive, kind is (byte)'1' or (byte)'2' or (byte)'5' ? 0 : size);
            if (kind is 0 or (byte)'0' or (byte)'7')
                yield return new ArchiveFile(ArchiveFile.Clean(longName ?? NameOf(block)), content);
            content.Finish(Padding(content.Length));
            (longName, longSize) = (null, null);
        }
    }

    private static byte[] ReadExtra(Stream archive, long size)
    {
        if (size > MostNameBytes)
            throw new InvalidDataException("the tar archive has a name of more than 1 MB");
        var bytes = new byte[size];
        archive.ReadExactly(bytes);
        EntryStream.Skip(archive, Padding(size));
        return bytes;
    }

    // Records of "LENGTH KEY=VALUE\n".
    private static void ReadPax(ReadOnlySpan<byte> records, ref string? name, ref long? size)
    {
        while (records.IndexOf((byte)' ') is > 0 and var space
            && int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length > space + 1 && length <= records.Length)
        {
            var record = Encoding.UTF8.GetString(records[(space + 1)..(length - 1)]);
            if (record.StartsWith("path=", StringComparison.Ordinal))
                name = record[5..];
            else if (record.StartsWith("size=", StringComparison.Ordinal)
                && long.TryParse(record.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var given))
                size = given;
            records = records[length..];
        }
    }

    private static string NameOf(ReadOnlySpan<byte> block)
    {
        var name = Text(block[..100]);
        var prefix = block[257..].StartsWith("ustar\0"u8) ? Text(block.Slice(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    // Octal digits; or, where the first bit is set, a big-endian number.
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
            return field.Length == 12 ? BinaryPrimitives.ReadInt64BigEndian(field[4..]) : -1;
        long value = 0;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7')
                value = value * 8 + digit - '0';
            else if (digit is not ((byte)' ' or 0))
                return -1;
        }
        return value;
    }

    // The sum of all bytes, those of the checksum itself counted as blanks.
    private static long Checksum(ReadOnlySpan<byte> block)
    {
        long sum = 8 * ' ';
        for (var i = 0; i < BlockBytes; i++)
            sum += i is >= 148 and < 156 ? 0 : block[i];
        return sum;
    }

    private static long Padding(long size) => (BlockBytes - size % BlockBytes) % BlockBytes;
}
