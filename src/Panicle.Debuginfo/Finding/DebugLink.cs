using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Debuginfo.Finding;

/// <summary>
/// <c>.gnu_debuglink</c>: the name of the separate file with a program's DWARF, padded to four bytes, and the CRC-32 of that file
/// (gdb's manual, "Debugging Information in Separate Files").
/// </summary>
/// <param name="Name">The file's name, without a folder.</param>
/// <param name="Crc">The CRC-32 of its content, as zlib and Ethernet compute it.</param>
internal sealed record DebugLink(string Name, uint Crc)
{
    private const int Longest = 4096;

    /// <summary>Reads a file's link; null if it has none that makes sense.</summary>
    public static DebugLink? TryRead(ElfFile file)
    {
        if (file.Section(".gnu_debuglink") is not { Size: >= 8 and <= Longest } section || file.Read(section) is not { } bytes)
            return null;
        var end = bytes.AsSpan().IndexOf((byte)0);
        var crc = (end + 4) & ~3;
        if (end <= 0 || crc + 4 > bytes.Length)
            return null;
        var name = Encoding.UTF8.GetString(bytes, 0, end);
        return name.Contains('/', StringComparison.Ordinal)
            ? null
            : new DebugLink(name, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(crc)));
    }

    /// <summary>Whether a file's content has the link's CRC.</summary>
    public bool Matches(string path)
    {
        using var stream = File.OpenRead(path);
        var crc = new Crc32();
        crc.Append(stream);
        return crc.GetCurrentHashAsUInt32() == Crc;
    }
}
