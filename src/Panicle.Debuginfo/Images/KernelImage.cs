using System.Buffers.Binary;
using Panicle.Debuginfo.Compression;
using Panicle.Dumps.Streams;

namespace Panicle.Debuginfo.Images;

/// <summary>
/// The kernel in a bootable x86 image, <c>vmlinuz</c> or <c>bzImage</c> (Documentation/arch/x86/boot.rst): setup code, then a program that
/// unpacks its payload, a vmlinux without symbols and DWARF that still has its code, its tables and its build ID.
/// </summary>
public static class KernelImage
{
    private const int SetupSectors = 0x1f1;
    private const int Magic = 0x202;
    private const int ProtocolVersion = 0x206;
    private const int PayloadOffset = 0x248;
    private const int PayloadLength = 0x24c;
    private const int HeaderBytes = 0x250;
    private const int FirstWithPayload = 0x0208; // Boot protocol 2.08.
    private const int SectorBytes = 512;
    private const int SizeBytes = 4;
    private const long MostBytes = 1L << 30;

    /// <summary>Whether these are the first bytes of an x86 kernel image.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> head) => head.Length >= HeaderBytes && head[Magic..].StartsWith("HdrS"u8);

    /// <summary>Writes the vmlinux in an image.</summary>
    /// <exception cref="InvalidDataException">The image is broken, or its payload is no compressed kernel.</exception>
    public static void Extract(Stream image, Stream vmlinux)
    {
        var head = new byte[HeaderBytes];
        image.ReadExactly(head);
        if (!IsHeader(head) || BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(ProtocolVersion)) < FirstWithPayload)
            throw new InvalidDataException("it is no x86 kernel image (bzImage) of 2.6.26 or later");
        var code = ((head[SetupSectors] == 0 ? 4 : head[SetupSectors]) + 1) * SectorBytes;
        var start = code + (long)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(PayloadOffset));
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(PayloadLength));
        if (start < head.Length || length <= SizeBytes)
            throw new InvalidDataException("the kernel image says that it has no payload");
        Skip(image, start - head.Length);
        // Behind all but gzip, which says it itself, stands the size of what is packed: no part of the compressed data.
        var payload = new byte[16];
        image.ReadExactly(payload);
        var isGzip = payload[0] == 0x1f;
        using var rest = new JoinedStream(payload, [image]);
        using var packed = new Archives.EntryStream(rest, length - (isGzip ? 0 : SizeBytes));
        using var plain = Packed.Decoder(payload, packed) ?? throw new InvalidDataException("the kernel image's payload is in no known compression");
        CopyBounded(plain, vmlinux);
    }

    private static void Skip(Stream stream, long count) => Archives.EntryStream.Skip(stream, count);

    private static void CopyBounded(Stream from, Stream to)
    {
        var buffer = new byte[1 << 18];
        long total = 0;
        while (from.Read(buffer) is > 0 and var count)
        {
            total += count;
            if (total > MostBytes)
                throw new InvalidDataException("the kernel image unpacks to more than 1 GB");
            to.Write(buffer, 0, count);
        }
    }
}
