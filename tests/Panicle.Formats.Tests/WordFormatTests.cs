namespace Panicle.Formats.Tests;

public class WordFormatTests
{
    private static readonly byte[] Bytes = [0xf1, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08];

    [Fact]
    public void Numbers_are_in_the_machines_byte_order()
    {
        var little = WordFormat.LittleEndian64;
        var big = little with { IsBigEndian = true };
        Assert.Equal((0x02f1, 0xf102), (little.ReadUInt16(Bytes), big.ReadUInt16(Bytes)));
        Assert.Equal((0x040302f1u, 0xf1020304u), (little.ReadUInt32(Bytes), big.ReadUInt32(Bytes)));
        Assert.Equal((0x08070605040302f1u, 0xf102030405060708u), (little.ReadUInt64(Bytes), big.ReadUInt64(Bytes)));
        Assert.Equal((0x0302f1u, 0xf10203u), (little.ReadNumber(Bytes.AsSpan(0, 3)), big.ReadNumber(Bytes.AsSpan(0, 3))));
    }

    [Fact]
    public void A_word_is_as_wide_as_the_pointers()
    {
        var wide = new WordFormat(IsBigEndian: true, 8);
        var narrow = wide with { Size = 4 };
        Assert.Equal((0xf102030405060708u, 0xf1020304u), (wide.ReadWord(Bytes), narrow.ReadWord(Bytes)));
        Assert.Equal((unchecked((long)0xf102030405060708), unchecked((int)0xf1020304)),
            (wide.ReadSignedWord(Bytes), narrow.ReadSignedWord(Bytes)));
        Assert.Equal((0x1010u, 0x1008u), (wide.At(0x1000, 2), narrow.At(0x1000, 2)));
        Assert.Equal((64, 32), (wide.Bits, narrow.Bits));
    }
}
