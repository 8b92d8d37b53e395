using System.Buffers.Binary;
using Panicle.Formats.Compression;

namespace Panicle.Formats.Archives;

/// <summary>
/// Reads RPM's packages (rpm's manual, "RPM V4 Package format"): a lead of 96 bytes, the signatures padded to eight bytes, the
/// header, and the payload, a compressed cpio archive. What the headers say is passed over.
/// </summary>
internal static class RpmPackage
{
    /// <summary>The magic number of the lead.</summary>
    public static ReadOnlySpan<byte> Magic => [0xed, 0xab, 0xee, 0xdb];

    private const int LeadBytes = 96;
    private const int IntroBytes = 16;
    private const int IndexBytes = 16;
    private const uint MostBytes = 256 << 20;

    /// <summary>The files of a package, one after the other.</summary>
    public static IEnumerable<ArchiveFile> Read(Stream package)
    {
        EntryStream.Skip(package, LeadBytes);
        var signatures = SkipHeader(package);
        EntryStream.Skip(package, -signatures & 7);
        _ = SkipHeader(package);
        return CpioArchive.Read(Packed.Open(package));
    }

    // Magic 8e ad e8, version, four reserved bytes, the number of index entries and of bytes of data; then both.
    private static long SkipHeader(Stream package)
    {
        var intro = new byte[IntroBytes];
        package.ReadExactly(intro);
        var entries = BinaryPrimitives.ReadUInt32BigEndian(intro.AsSpan(8));
        var bytes = BinaryPrimitives.ReadUInt32BigEndian(intro.AsSpan(12));
        if (!intro.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8]) || entries > MostBytes / IndexBytes
            || bytes > MostBytes)
            throw new InvalidDataException("the rpm package's header is broken");
        var length = (long)entries * IndexBytes + bytes;
        EntryStream.Skip(package, length);
        return IntroBytes + length;
    }
}
