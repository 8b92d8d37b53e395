using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Panicle.Lab;

/// <summary>
/// Compresses the pages of a kdump-compressed file anew, as well as zstd can: makedumpfile prefers speed, and the dumps that are
/// kept in git should be small. The rest of the file stays as makedumpfile wrote it.
/// </summary>
internal static partial class Repack
{
    private const int BlockSize = 4096;
    private const int DescriptorSize = 24;
    private const uint Zstd = 0x20;
    private const int Level = 19;

    /// <summary>Reads a file with uncompressed pages (<c>kdump-raw</c>) and writes it with compressed ones.</summary>
    public static void Run(string input, string output)
    {
        var file = File.ReadAllBytes(input);
        var descriptors = FindDescriptors(file);
        var count = CountDescriptors(file, descriptors);
        using var target = File.Create(output);
        target.Write(file.AsSpan(0, descriptors + (count * DescriptorSize)));
        var written = new Dictionary<long, (long Offset, int Size, bool Compressed)>();
        for (var i = 0; i < count; i++)
        {
            var descriptor = file.AsSpan(descriptors + (i * DescriptorSize), DescriptorSize);
            var offset = BinaryPrimitives.ReadInt64LittleEndian(descriptor);
            if (!written.TryGetValue(offset, out var page))
                written[offset] = page = WritePage(target, file.AsSpan((int)offset, BlockSize));
            BinaryPrimitives.WriteInt64LittleEndian(descriptor, page.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(descriptor[8..], page.Size);
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor[12..], page.Compressed ? Zstd : 0);
        }
        target.Position = descriptors;
        target.Write(file.AsSpan(descriptors, count * DescriptorSize));
    }

    private static (long Offset, int Size, bool Compressed) WritePage(FileStream target, ReadOnlySpan<byte> page)
    {
        var buffer = new byte[2 * BlockSize];
        var size = (int)Math.Min(Compress(buffer, (nuint)buffer.Length, page, (nuint)page.Length, Level), BlockSize);
        var compressed = size < BlockSize;
        var offset = target.Position;
        target.Write(compressed ? buffer.AsSpan(0, size) : page);
        return (offset, size, compressed);
    }

    /// <summary>Behind the header, the sub-header and both bitmaps.</summary>
    private static int FindDescriptors(byte[] file)
    {
        int Field(int at) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));
        return (1 + Field(432) + Field(436)) * BlockSize;
    }

    /// <summary>One for each page that the second bitmap has.</summary>
    private static int CountDescriptors(byte[] file, int descriptors)
    {
        var bitmaps = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(436)) * BlockSize;
        var count = 0;
        foreach (var bits in file.AsSpan(descriptors - (bitmaps / 2), bitmaps / 2))
            count += int.PopCount(bits);
        return count;
    }

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress")]
    private static partial nuint Compress(Span<byte> target, nuint targetSize, ReadOnlySpan<byte> source, nuint sourceSize, int level);
}
