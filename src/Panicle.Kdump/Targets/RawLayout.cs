using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Targets;

/// <summary>One file on a raw device.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">How long it is, in bytes; of one that isn't complete, as far as it was known to be written.</param>
/// <param name="IsComplete">Whether all of it was written.</param>
internal sealed record RawFile(string Name, long Offset, long Length, bool IsComplete);

/// <summary>
/// How a crash lies on a partition or disk without a file system: a header of 4096 bytes, then the files one after the other,
/// each at a multiple of 4096. The header (little-endian): "PANICLE RAW DUMP", version 1 (u32), the number of files (u32), the
/// time (u64, Unix seconds), 16 bytes of the machine's boot ID; from byte 64 on 128 bytes a file: offset (u64), length (u64),
/// complete (u32), length of the name (u32), the name in UTF-8. It is written anew whenever a file begins or ends.
/// </summary>
internal static class RawLayout
{
    /// <summary>The size of the header, and what files' offsets are multiples of.</summary>
    public const int BlockSize = 4096;

    private const int EntryBytes = 128;
    private const int FirstEntry = 64;
    private const int NameOffset = 24;
    private const uint Version = 1;
    private const int MostFiles = (BlockSize - FirstEntry) / EntryBytes;

    private static ReadOnlySpan<byte> Magic => "PANICLE RAW DUMP"u8;

    /// <summary>The header for these files.</summary>
    public static byte[] Write(IReadOnlyList<RawFile> files, DateTime time)
    {
        var header = new byte[BlockSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), (uint)Math.Min(files.Count, MostFiles));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), new DateTimeOffset(time).ToUnixTimeSeconds());
        for (var i = 0; i < files.Count && i < MostFiles; i++)
        {
            var entry = header.AsSpan(FirstEntry + i * EntryBytes, EntryBytes);
            var name = Encoding.UTF8.GetBytes(files[i].Name);
            BinaryPrimitives.WriteInt64LittleEndian(entry, files[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], files[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], files[i].IsComplete ? 1u : 0);
            var length = Math.Min(name.Length, EntryBytes - NameOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], (uint)length);
            name.AsSpan(0, length).CopyTo(entry[NameOffset..]);
        }
        return header;
    }

    /// <summary>Whether a header stands here.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>The files that a header lists; those that can't lie on a device of this size are left out.</summary>
    public static IReadOnlyList<RawFile> Read(ReadOnlySpan<byte> header, long deviceSize)
    {
        var files = new List<RawFile>();
        if (header.Length < BlockSize || !IsHeader(header) || BinaryPrimitives.ReadUInt32LittleEndian(header[16..]) != Version)
            return files;
        var count = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header[20..]), MostFiles);
        for (var i = 0; i < count; i++)
        {
            var entry = header.Slice(FirstEntry + i * EntryBytes, EntryBytes);
            var offset = BinaryPrimitives.ReadInt64LittleEndian(entry);
            var length = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
            var name = entry.Slice(
                NameOffset, (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), EntryBytes - NameOffset));
            if (offset >= BlockSize && length >= 0 && offset <= deviceSize && length <= deviceSize - offset)
                files.Add(new RawFile(Path.GetFileName(Encoding.UTF8.GetString(name)), offset, length,
                    BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]) != 0));
        }
        return files;
    }
}
