using System.Runtime.InteropServices;

namespace Panicle.Formats.Compression;

/// <summary>The checksum at the end of a zlib stream (RFC 1950, section 8.2).</summary>
internal static class Adler32
{
    private const ulong Modulus = 65521;
    private const ulong EveryOther = 0x00ff_00ff_00ff_00ff;
    private const int Block = 16; // words, so that no sum of theirs outgrows 16 bits

    /// <summary>The checksum of up to 64 KB.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 1, sums = 0;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (; words.Length >= Block; words = words[Block..])
        {
            // Four sums of bytes in each, and the sums of these sums before each word.
            ulong even = 0, odd = 0, evens = 0, odds = 0;
            foreach (var word in words[..Block])
            {
                evens += even;
                odds += odd;
                even += word & EveryOther;
                odd += word >> 8 & EveryOther;
            }
            sums += Block * sizeof(ulong) * sum;
            for (var lane = 0; lane < 4; lane++, even >>= 16, odd >>= 16, evens >>= 16, odds >>= 16)
            {
                ulong e = (ushort)even, o = (ushort)odd;
                sums += sizeof(ulong) * ((ulong)(ushort)evens + (ushort)odds + e + o) - (ulong)(2 * lane) * (e + o) - o;
                sum += e + o;
            }
        }
        foreach (var one in bytes[(bytes.Length - bytes.Length % (Block * sizeof(ulong)))..])
        {
            sum += one;
            sums += sum;
        }
        return (uint)(sums % Modulus << 16 | sum % Modulus);
    }
}
