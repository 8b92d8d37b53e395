using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Keeps an index of names in a file that is named by the build ID: a head of 32 bytes (magic, version, size of
/// <c>.debug_info</c>, number of entries, checksum), then the entries. A file that doesn't fit is made again; one that can't be
/// written isn't kept.
/// </summary>
internal sealed class NameStore(DwarfFile file, string? folder)
{
    private const ulong Magic = 0x31454d414e4c4350; // "PCLNAME1"
    private const int HeaderBytes = 32;

    private readonly string? _path =
        folder is not null && file.Elf.BuildId is { Length: >= 8 } id ? Path.Combine(folder, $"{id}.names") : null;

    /// <summary>The kept index, or null.</summary>
    public NameEntry[]? TryRead()
    {
        if (_path is null)
            return null;
        try
        {
            using var handle = File.OpenHandle(_path);
            Span<byte> header = stackalloc byte[HeaderBytes];
            if (RandomAccess.Read(handle, header, 0) != HeaderBytes)
                return null;
            var count = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            if (count < 0 || RandomAccess.GetLength(handle) != HeaderBytes + (long)count * NameEntry.Bytes)
                return null;
            var entries = new NameEntry[count];
            var bytes = MemoryMarshal.AsBytes(entries.AsSpan());
            if (RandomAccess.Read(handle, bytes, HeaderBytes) != bytes.Length)
                return null;
            return header.SequenceEqual(HeaderOf(entries)) ? entries : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(NameEntry[] entries)
    {
        if (_path is null)
            return;
        try
        {
            Directory.CreateDirectory(folder!);
            // Under its own name only once it is whole: others may be reading.
            var temporary = $"{_path}.{Environment.ProcessId}.tmp";
            using (var stream = File.Create(temporary))
            {
                stream.Write(HeaderOf(entries));
                stream.Write(MemoryMarshal.AsBytes(entries.AsSpan()));
            }
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is made again next time.
        }
    }

    private byte[] HeaderOf(NameEntry[] entries)
    {
        var header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), file.Info.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), entries.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), file.Types.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), Checksum(MemoryMarshal.Cast<NameEntry, ulong>(entries)));
        return header;
    }

    internal static ulong Checksum(ReadOnlySpan<ulong> words)
    {
        ulong a = 1, b = 0;
        foreach (var word in words)
        {
            // Turned, since multiplying never carries a high bit to a lower one.
            a = BitOperations.RotateLeft((a ^ word) * 0x9e3779b97f4a7c15, 31);
            b += a;
        }
        return b;
    }
}
