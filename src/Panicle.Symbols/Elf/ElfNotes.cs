using System.Buffers.Binary;

namespace Panicle.Symbols.Elf;

/// <summary>Looks into a block of ELF notes: name length, descriptor length and type, then both padded to four bytes.</summary>
internal static class ElfNotes
{
    private const int HeaderBytes = 12;

    /// <summary>The descriptor of the first note of this owner and type; empty if there is none.</summary>
    public static ReadOnlyMemory<byte> Find(ReadOnlyMemory<byte> notes, string owner, uint type)
    {
        while (notes.Length >= HeaderBytes)
        {
            var span = notes.Span;
            long nameLength = BinaryPrimitives.ReadUInt32LittleEndian(span);
            long descriptorLength = BinaryPrimitives.ReadUInt32LittleEndian(span[4..]);
            var descriptor = HeaderBytes + Pad(nameLength);
            if (descriptor + descriptorLength > notes.Length)
                break;
            var name = span.Slice(HeaderBytes, (int)nameLength).TrimEnd((byte)0);
            if (BinaryPrimitives.ReadUInt32LittleEndian(span[8..]) == type && Matches(name, owner))
                return notes.Slice((int)descriptor, (int)descriptorLength);
            notes = notes[(int)Math.Min(descriptor + Pad(descriptorLength), notes.Length)..];
        }
        return default;
    }

    private static bool Matches(ReadOnlySpan<byte> name, string owner)
    {
        if (name.Length != owner.Length)
            return false;
        for (var i = 0; i < name.Length; i++)
            if (name[i] != owner[i])
                return false;
        return true;
    }

    private static long Pad(long length) => (length + 3) & ~3L;
}
