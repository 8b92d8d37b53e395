using Panicle.Formats.Archives;
using Panicle.Formats.Compression;
using Panicle.Formats.Streams;

namespace Panicle.Formats.Boot;

/// <summary>
/// The kernel in a bootable x86 image, <c>vmlinuz</c> or <c>bzImage</c> (Documentation/arch/x86/boot.rst): setup code, then a
/// program that unpacks its payload, a vmlinux without symbols and DWARF that still has its code, its tables and its build ID.
/// </summary>
public static class BzImage
{
    private const int FirstWithPayload = 0x0208; // Boot protocol 2.08.
    private const int SizeBytes = 4;
    private const long MostBytes = 1L << 30;

    /// <summary>Writes the vmlinux in an image.</summary>
    /// <exception cref="InvalidDataException">The image is broken, or its payload is no compressed kernel.</exception>
    public static void Extract(Stream image, Stream vmlinux)
    {
        var head = new byte[SetupHeader.Bytes];
        image.ReadExactly(head);
        if (!SetupHeader.TryRead(head, out var header) || header.Version < FirstWithPayload)
            throw new InvalidDataException("it is no x86 kernel image (bzImage) of 2.6.26 or later");
        var start = header.Code + (long)header.PayloadOffset;
        var length = header.PayloadLength;
        if (start < head.Length || length <= SizeBytes)
            throw new InvalidDataException("the kernel image says that it has no payload");
        EntryStream.Skip(image, start - head.Length);
        // Behind all but gzip, which says it itself, stands the size of what is packed: no part of the compressed data.
        var payload = new byte[16];
        image.ReadExactly(payload);
        var isGzip = payload[0] == 0x1f;
        using var rest = new JoinedStream(payload, [image]);
        using var packed = new EntryStream(rest, length - (isGzip ? 0 : SizeBytes));
        using var plain = Packed.Decoder(payload, packed)
            ?? throw new InvalidDataException("the kernel image's payload is in no known compression");
        CopyBounded(plain, vmlinux);
    }

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
