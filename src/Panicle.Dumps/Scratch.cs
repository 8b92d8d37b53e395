namespace Panicle.Dumps;

/// <summary>Buffers that each thread keeps for itself, so that reading a page allocates nothing.</summary>
internal static class Scratch
{
    [ThreadStatic]
    private static byte[]? _page;

    [ThreadStatic]
    private static byte[]? _stored;

    /// <summary>Room for one decoded page. Valid until the thread asks again.</summary>
    public static Span<byte> Page(int size) => Get(ref _page, size, 4096);

    /// <summary>Room for bytes as they are stored in the file. Valid until the thread asks again.</summary>
    public static Span<byte> Stored(int size) => Get(ref _stored, size, 64 * 1024);

    private static Span<byte> Get(ref byte[]? buffer, int size, int least)
    {
        if (buffer is null || buffer.Length < size)
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(size, least));
        return buffer.AsSpan(0, size);
    }
}
