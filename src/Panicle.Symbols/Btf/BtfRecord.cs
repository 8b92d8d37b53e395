using System.Buffers.Binary;

namespace Panicle.Symbols.Btf;

/// <summary>One <c>struct btf_type</c>: twelve bytes, followed by what its kind adds.</summary>
/// <param name="NameOffset">The name's offset in the string section.</param>
/// <param name="Info">Number of members in bits 0–23 (0–15 before 7.1), kind in bits 24–30 (24–28), a flag in bit 31.</param>
/// <param name="SizeOrType">A size in bytes or the id of another type.</param>
internal readonly record struct BtfRecord(uint NameOffset, uint Info, uint SizeOrType)
{
    public const int Bytes = 12;

    public BtfKind Kind => (BtfKind)((Info >> 24) & 0x7f);

    public int Count => (int)(Info & 0xffffff);

    public bool Flag => Info >> 31 != 0;

    public static BtfRecord Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
}
