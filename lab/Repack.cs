using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Panicle.Lab;

/// <summary>
/// Compresses the pages of a kdump-compressed file where makedumpfile can't: with snappy, which Debian's makedumpfile is built
/// without, and as well as zstd can, since dumps that are kept in git should be small and makedumpfile prefers speed. The rest
/// of the file stays as makedumpfile wrote it.
/// </summary>
internal sealed partial class Repack
{
    private const int BlockSize = 4096;
    private const int DescriptorSize = 24;
    private const int StatusOffset = 424;
    private const int BestZstdLevel = 19;

    /// <summary>zstd at a level that takes its time.</summary>
    public static readonly Repack BestZstd = new(0x20, CompressZstd, () => { });

    /// <summary>snappy, by its own library.</summary>
    public static readonly Repack Snappy = new(4, CompressSnappy, () => HostTools.Install(("libsnappy.so.1", "libsnappy1v5")));

    private readonly uint _flag;
    private readonly Compressor _compress;
    private readonly Action _prepare;

    private Repack(uint flag, Compressor compress, Action prepare)
    {
        _flag = flag;
        _compress = compress;
        _prepare = prepare;
    }

    /// <summary>Compresses one page and returns the size; anything larger than a page means that it didn't work out.</summary>
    private delegate nuint Compressor(ReadOnlySpan<byte> page, Span<byte> target);

    /// <summary>Reads a file with uncompressed pages (<c>kdump-raw</c>) and writes it with compressed ones.</summary>
    public void Run(string input, string output)
    {
        _prepare();
        var file = File.ReadAllBytes(input);
        file[StatusOffset] |= (byte)_flag;
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
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor[12..], page.Compressed ? _flag : 0);
        }
        target.Position = descriptors;
        target.Write(file.AsSpan(descriptors, count * DescriptorSize));
    }

    private (long Offset, int Size, bool Compressed) WritePage(FileStream target, ReadOnlySpan<byte> page)
    {
        var buffer = new byte[2 * BlockSize];
        var size = (int)Math.Min(_compress(page, buffer), BlockSize);
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

    private static nuint CompressZstd(ReadOnlySpan<byte> page, Span<byte> target) =>
        ZstdCompress(target, (nuint)target.Length, page, (nuint)page.Length, BestZstdLevel);

    private static nuint CompressSnappy(ReadOnlySpan<byte> page, Span<byte> target)
    {
        var size = (nuint)target.Length;
        return SnappyCompress(page, (nuint)page.Length, target, ref size) == 0 ? size : nuint.MaxValue;
    }

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress")]
    private static partial nuint ZstdCompress(
        Span<byte> target, nuint targetSize, ReadOnlySpan<byte> source, nuint sourceSize, int level);

    [LibraryImport("libsnappy.so.1", EntryPoint = "snappy_compress")]
    private static partial int SnappyCompress(
        ReadOnlySpan<byte> source, nuint sourceSize, Span<byte> target, ref nuint targetSize);
}
