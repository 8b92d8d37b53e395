using Panicle.Dumps.Sources;

namespace Panicle.Dumps;

/// <summary>Says of a file that isn't a dump what it is, and what to do.</summary>
internal static class ForeignFile
{
    private const string Unpack = "decompress it first, with";

    private static readonly (byte[] Start, string What)[] Known =
    [
        ([0x1f, 0x8b], $"is compressed with gzip; {Unpack} gunzip -k"),
        ([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], $"is compressed with xz; {Unpack} unxz -k"),
        ([0x28, 0xb5, 0x2f, 0xfd], $"is compressed with zstd; {Unpack} unzstd"),
        ("BZh"u8.ToArray(), $"is compressed with bzip2; {Unpack} bunzip2 -k"),
        ([0x04, 0x22, 0x4d, 0x18], $"is compressed with lz4; {Unpack} unlz4"),
        ([0x89, (byte)'L', (byte)'Z', (byte)'O'], $"is compressed with lzop; {Unpack} lzop -d"),
        ("PK\x03\x04"u8.ToArray(), $"is a zip archive; {Unpack} unzip"),
        ("DISKDUMP"u8.ToArray(), "is a diskdump of a kernel from before kdump, which Panicle doesn't read"),
        ("EMiL"u8.ToArray(), "is a LiME memory image, which Panicle doesn't read"),
        ("PAGEDU64"u8.ToArray(), "is a Windows crash dump, which Panicle doesn't read"),
        ("PAGEDUMP"u8.ToArray(), "is a Windows crash dump, which Panicle doesn't read"),
        ([0xa8, 0x19, 0x01, 0x73, 0x61, 0x8f, 0x23, 0xfd], "is an s390 stand-alone dump, which Panicle doesn't read"),
        ("QFI"u8.ToArray(), "is a qcow2 disk image, not a dump"),
        ("QEVM"u8.ToArray(), "is a QEMU migration stream, not a dump; use dump-guest-memory (virsh dump --memory-only)"),
        ("LibvirtQemudSave"u8.ToArray(), "is a saved libvirt guest, not a dump; use virsh dump --memory-only"),
        ("LibvirtQemudPart"u8.ToArray(), "is a partly saved libvirt guest, not a dump; use virsh dump --memory-only"),
    ];

    /// <summary>One line for a person.</summary>
    public static string Describe(ByteSource source, ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
            return source.LastError is { } error
                ? $"{source.Path} can't be read: {error}"
                : $"{source.Path} is empty; the dump was never written.";
        foreach (var (magic, what) in Known)
        {
            if (start.StartsWith(magic))
                return $"{source.Path} {what}.";
        }
        if (!start.ContainsAnyExcept((byte)0))
            return $"{source.Path} starts with {start.Length} zero bytes instead of a dump's header; "
                + "the dump was not written, or not copied, to the end.";
        if (IsText(start))
            return $"{source.Path} is a text file (a console log?), not a dump.";
        return $"{source.Path} is not a dump: it starts with {Convert.ToHexString(start[..Math.Min(8, start.Length)])}, and an "
            + "ELF core, a kdump-compressed or a flattened dump starts otherwise.";
    }

    private static bool IsText(ReadOnlySpan<byte> start)
    {
        foreach (var value in start)
        {
            if (value < 0x20 && value is not ((byte)'\n' or (byte)'\r' or (byte)'\t' or 0x1b))
                return false;
        }
        return true;
    }
}
