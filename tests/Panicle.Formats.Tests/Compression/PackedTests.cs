using System.Text;
using Panicle.Formats.Compression;

namespace Panicle.Formats.Tests.Compression;

/// <summary>What gzip, xz, zstd, bzip2, lz4 -l and lzop made of the same text.</summary>
public class PackedTests
{
    private static readonly string Plain = string.Concat(Enumerable.Repeat("panicle finds symbols by build ID; ", 40));

    public static TheoryData<string, string> Samples => new()
    {
        { "gzip", "H4sIAAAAAAACAytIzMtMzklVSMvMSylWKK7MTcrPKVZIqlRIKs3MSVHwdLFWKBhVMqpkVMmoklEl1FMCAHcb6I14BQAA" },
        { "xz",
            "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AV3ADBdADgYSiFjIavFRXjMENdr+l7TFrAyCbeRD/nr1X7BXZwbQCRmMt825UenEp3D"
                + "ASlhOwAt9M+bHTbGDAABTPgKAAAAMuU2rLHEZ/sCAAAAAARZWg==" },
        { "lzma", "XQAAAAT//////////wA4GEohYyGrxUV4zBDXa/pe0xawMgm3kQ/569V+wV2cG0AkZjLfNuVHpxKdwz414lT/4QQAAA==" },
        { "zstd", "KLUv/WR4BGUBADQCcGFuaWNsZSBmaW5kcyBzeW1ib2xzIGJ5IGJ1aWxkIElEOyABAJPK/OoJEsjpiQ==" },
        { "bzip2",
            "QlpoOTFBWSZTWQhRFhEAAkOdgEAAAAgEID8nyiAwALhFMmJkGRhTJiZBkYFKqZNNGgzKbiZEwJwJsJoJ4E3E3EwJyJoE/CcidCdh"
                + "NRNBMiYE2EwJkTkTUTAmRPQnAmRNBNQnQlC7kinChIBCiLCI" },
        { "lz4", "AiFMGDMAAAD/FHBhbmljbGUgZmluZHMgc3ltYm9scyBieSBidWlsZCBJRDsgIwD//////0JQIElEOyA=" },
        { "lzo",
            "iUxaTwANChoKEEAgoAlAAwkDAAABAACBpGsBVd0AAAAAAXQ7BASiAAAFeAAAADAtdvDwNHBhbmljbGUgZmluZHMgc3ltYm9scyBi"
                + "eSBidWlsZCBJRDsgIAAAAAAAOYgAEQAAAAAAAA==" },
    };

    // .lzma and .lzo files end where they say.
    public static TheoryData<string, string> Continued =>
        [.. Samples.Select(sample => sample.Data).Where(data => data.Item1 is not ("lzma" or "lzo"))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Each_compression_is_told_and_decoded(string kind, string packed)
    {
        Assert.NotEmpty(kind);
        Assert.Equal(Plain, Decode(Convert.FromBase64String(packed)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Damage_is_an_error_and_nothing_worse(string kind, string packed)
    {
        Assert.NotEmpty(kind);
        var bytes = Convert.FromBase64String(packed);
        for (var at = 0; at < bytes.Length; at++)
        {
            TryDecode(bytes[..at]);
            var flipped = bytes.ToArray();
            flipped[at] ^= 0x41;
            TryDecode(flipped);
        }
    }

    [Theory]
    [MemberData(nameof(Continued))]
    public void What_is_packed_in_parts_is_one(string kind, string packed)
    {
        Assert.NotEmpty(kind);
        var bytes = Convert.FromBase64String(packed);
        Assert.Equal(Plain + Plain, Decode([.. bytes, .. bytes]));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_stream_may_be_closed_twice(string kind, string packed)
    {
        Assert.NotEmpty(kind);
        var stream = Packed.Open(new MemoryStream(Convert.FromBase64String(packed)));
        stream.ReadByte();
        stream.Dispose();
        stream.Dispose();
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public void What_stands_before_the_damage_is_read(string kind)
    {
        var packed = Convert.FromBase64String(Samples.Select(sample => sample.Data).Single(sample => sample.Item1 == kind).Item2);
        using var stream = Packed.Open(new MemoryStream([.. packed, .. packed.AsSpan(0, packed.Length - 1)]));
        var plain = new byte[Plain.Length];
        stream.ReadExactly(plain);
        Assert.Equal(Plain, Encoding.UTF8.GetString(plain));
        Assert.Throws<InvalidDataException>(() => stream.CopyTo(Stream.Null));
    }

    [Fact]
    public void Anything_else_is_passed_on() => Assert.Equal("plain text", Decode("plain text"u8.ToArray()));

    private static void TryDecode(byte[] bytes)
    {
        try
        {
            Assert.True(Decode(bytes).Length < 32 << 20);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static string Decode(byte[] bytes)
    {
        using var stream = Packed.Open(new MemoryStream(bytes));
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return Encoding.UTF8.GetString(plain.ToArray());
    }
}
