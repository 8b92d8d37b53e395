using System.Buffers.Binary;

namespace Panicle.Dumps.Kdump;

/// <summary>
/// Where a page's data lies and how it is stored (makedumpfile's <c>struct page_desc</c>, 24 bytes, little-endian).
/// </summary>
/// <param name="Offset">File offset of the data; 0 if the writer never got to it.</param>
/// <param name="Size">Bytes stored.</param>
/// <param name="Flags">Compression, see <see cref="PageCodec"/>.</param>
internal readonly record struct KdumpPageDescriptor(long Offset, uint Size, uint Flags)
{
    /// <summary>Size of a descriptor in the file; its last 8 bytes (the page's flags) are always zero and aren't kept.</summary>
    public const int Bytes = 24;

    public static KdumpPageDescriptor Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], 0);
    }
}
