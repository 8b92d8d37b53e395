namespace Panicle.Debuginfo.Finding;

/// <summary>CRC-32 with the polynomial of zlib and Ethernet (0xedb88320, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private const int Ways = 8;

    private static readonly uint[] Tables = Build();

    /// <summary>The CRC of everything that is left in a stream.</summary>
    public static uint Of(Stream stream)
    {
        var buffer = new byte[1 << 18];
        var crc = uint.MaxValue;
        while (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) is > 0 and var length)
            crc = Update(crc, buffer.AsSpan(0, length));
        return ~crc;
    }

    /// <summary>The CRC of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        for (; bytes.Length >= Ways; bytes = bytes[Ways..])
        {
            var low = crc ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = tables[7 * 256 + (byte)low] ^ tables[6 * 256 + (byte)(low >> 8)] ^ tables[5 * 256 + (byte)(low >> 16)] ^ tables[4 * 256 + (int)(low >> 24)]
                ^ tables[3 * 256 + bytes[4]] ^ tables[2 * 256 + bytes[5]] ^ tables[256 + bytes[6]] ^ tables[bytes[7]];
        }
        foreach (var value in bytes)
            crc = tables[(byte)crc ^ value] ^ (crc >> 8);
        return crc;
    }

    // Table k holds what a byte adds to the CRC with k bytes behind it.
    private static uint[] Build()
    {
        var tables = new uint[Ways * 256];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            tables[value] = crc;
        }
        for (var index = 256; index < tables.Length; index++)
            tables[index] = tables[(byte)tables[index - 256]] ^ (tables[index - 256] >> 8);
        return tables;
    }
}
