using Panicle.Formats.Compression;

namespace Panicle.Formats.Tests.Compression;

/// <summary>The parts of the deflate encoder that pages alone don't reach.</summary>
public class DeflateTests
{
    /// <summary>
    /// Counts like Fibonacci's numbers make the longest codes there can be:
    /// deflate allows no more than 7 bits for the lengths of codes.
    /// </summary>
    [Fact]
    public void Codes_are_no_longer_than_allowed()
    {
        var code = new HuffmanCode(22, 7);
        for (var (symbol, count, next) = (0, 1u, 1u); symbol < 22; (symbol, count, next) = (symbol + 1, next, count + next))
            code.Counts[symbol] = count;
        code.Make();
        Assert.Equal(7, code.Lengths.Max());
        Assert.Equal(1.0, code.Lengths.Sum(static length => Math.Pow(2, -length)));
        Assert.Equal(code.Lengths.OrderDescending(), code.Lengths);
    }

    [Fact]
    public void Checksums_are_those_of_the_definition()
    {
        var random = new Random(7);
        foreach (var length in (int[])[0, 1, 7, 127, 128, 129, 4096, 65535, 65536])
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.Equal(Definition(bytes), Adler32.Of(bytes));
            bytes.AsSpan().Fill(255);
            Assert.Equal(Definition(bytes), Adler32.Of(bytes));
        }

        static uint Definition(byte[] bytes)
        {
            uint sum = 1, sums = 0;
            foreach (var one in bytes)
                (sum, sums) = ((sum + one) % 65521, (sums + sum + one) % 65521);
            return sums << 16 | sum;
        }
    }
}
