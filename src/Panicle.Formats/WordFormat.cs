using System.Buffers.Binary;

namespace Panicle.Formats;

/// <summary>How a machine keeps numbers in memory: in which order their bytes are, and how wide its words are.</summary>
/// <param name="IsBigEndian">Whether the most significant byte comes first.</param>
/// <param name="Size">Bytes of a word, which is what an <c>unsigned long</c> and a pointer of the kernel take: 8, or 4.</param>
public readonly record struct WordFormat(bool IsBigEndian, int Size)
{
    /// <summary>That of x86-64, and of nearly all 64-bit machines that run Linux.</summary>
    public static WordFormat LittleEndian64 => new(IsBigEndian: false, 8);

    /// <summary>Bits of a word.</summary>
    public int Bits => Size * 8;

    /// <summary>The address of an element of an array of words.</summary>
    /// <param name="array">Address of the array.</param>
    /// <param name="index">The element, from 0.</param>
    public ulong At(ulong array, long index) => array + (ulong)(index * Size);

    /// <summary>A 16-bit number at the beginning of a span.</summary>
    public ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>A 32-bit number at the beginning of a span.</summary>
    public uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>A signed 32-bit number at the beginning of a span.</summary>
    public int ReadInt32(ReadOnlySpan<byte> bytes) => (int)ReadUInt32(bytes);

    /// <summary>A 64-bit number at the beginning of a span.</summary>
    public ulong ReadUInt64(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    /// <summary>An <c>unsigned long</c> or a pointer at the beginning of a span.</summary>
    public ulong ReadWord(ReadOnlySpan<byte> bytes) => Size == 8 ? ReadUInt64(bytes) : ReadUInt32(bytes);

    /// <summary>A <c>long</c> at the beginning of a span.</summary>
    public long ReadSignedWord(ReadOnlySpan<byte> bytes) => Size == 8 ? (long)ReadUInt64(bytes) : ReadInt32(bytes);

    /// <summary>A number that takes a whole span of up to 8 bytes, not sign-extended.</summary>
    public ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        bytes.CopyTo(IsBigEndian ? whole[^bytes.Length..] : whole);
        return ReadUInt64(whole);
    }
}
