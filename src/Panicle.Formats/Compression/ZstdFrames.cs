namespace Panicle.Formats.Compression;

/// <summary>
/// Data as a row of Zstandard frames, each of which stands for the same number of bytes and can be decoded alone: any decoder
/// reads them as one, and several processors can work on them at once.
/// </summary>
public static unsafe class ZstdFrames
{
    private const int Level = 6;

    /// <summary>How many plain bytes a frame stands for.</summary>
    public const int FrameBytes = 4 << 20;

    /// <summary>Compresses what is left in a stream; returns how many bytes came out.</summary>
    public static long Encode(Stream input, Stream output)
    {
        if (Zstd.Missing is { } missing)
            throw new IOException($"the store compresses with zstd, and {missing}");
        var ways = (int)Math.Clamp(input.Length / FrameBytes + 1, 1, Math.Min(Environment.ProcessorCount, 8));
        var plain = Enumerable.Range(0, ways).Select(_ => new byte[FrameBytes]).ToArray();
        var packed = new byte[ways][];
        var lengths = new int[ways];
        long written = 0;
        var isEnd = false;
        while (!isEnd)
        {
            var count = 0;
            for (; count < ways && !isEnd; count++)
            {
                lengths[count] = input.ReadAtLeast(plain[count], FrameBytes, throwOnEndOfStream: false);
                isEnd = lengths[count] < FrameBytes;
            }
            Parallel.For(0, count, index => packed[index] = lengths[index] == 0
                ? []
                : EncodeFrame(plain[index].AsSpan(0, lengths[index])));
            for (var index = 0; index < count; index++)
            {
                output.Write(packed[index]);
                written += packed[index].Length;
            }
        }
        return written;
    }

    private static byte[] EncodeFrame(ReadOnlySpan<byte> plain)
    {
        var output = new byte[(int)Zstd.ZSTD_compressBound((nuint)plain.Length)];
        fixed (byte* from = plain)
        fixed (byte* to = output)
        {
            var context = Zstd.ZSTD_createCCtx();
            if (context == 0)
                throw new InsufficientMemoryException("libzstd has no memory for an encoder.");
            var size = Zstd.ZSTD_compressCCtx(context, to, (nuint)output.Length, from, (nuint)plain.Length, Level);
            _ = Zstd.ZSTD_freeCCtx(context);
            if (size > (nuint)output.Length)
                throw new InsufficientMemoryException("libzstd has no memory for an encoder.");
            return output[..(int)size];
        }
    }
}
