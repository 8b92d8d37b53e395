using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Initramfs;

/// <summary>A program with everything that it needs to run: its interpreter and, with theirs, the libraries that it names (System V ABI, dynamic section).</summary>
public static class ProgramFiles
{
    private const int MostHeaders = 128;
    private const uint Load = 1; // PT_LOAD
    private const uint Dynamic = 2; // PT_DYNAMIC
    private const uint Interpreter = 3; // PT_INTERP
    private const ulong NeededTag = 1; // DT_NEEDED
    private const ulong StringTableTag = 5; // DT_STRTAB
    private const ulong RunPathTag = 29; // DT_RUNPATH
    private const ulong RPathTag = 15; // DT_RPATH

    private static readonly string[] Standard =
    [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    ];

    /// <summary>The program's own path and those of all that it needs, as the system names them.</summary>
    /// <exception cref="InitramfsException">A library isn't there.</exception>
    public static IReadOnlyList<string> Of(SystemRoot root, string program)
    {
        var found = new List<string> { program };
        for (var i = 0; i < found.Count; i++)
        {
            var (needed, runPaths, interpreter) = ReadDynamic(root, found[i]);
            if (interpreter is not null && !found.Contains(interpreter))
                found.Add(interpreter);
            foreach (var name in needed)
            {
                var path = runPaths.Concat(Standard).Select(directory => $"{directory}/{name}").FirstOrDefault(root.HasFile)
                    ?? throw new InitramfsException($"{found[i]} needs {name}, and it is in none of the usual places");
                if (!found.Any(known => Path.GetFileName(known) == name))
                    found.Add(path);
            }
        }
        return found;
    }

    private static (List<string> Needed, List<string> RunPaths, string? Interpreter) ReadDynamic(SystemRoot root, string path)
    {
        var bytes = File.ReadAllBytes(root.PathOf(path));
        var needed = new List<string>();
        var runPaths = new List<string>();
        string? interpreter = null;
        if (bytes.Length < 64 || !bytes.AsSpan().StartsWith("\u007fELF"u8) || bytes[4] != 2)
            return (needed, runPaths, interpreter);
        var segments = Segments(bytes);
        foreach (var (type, offset, _, size) in segments)
        {
            if (type == Interpreter)
                interpreter = TextAt(bytes, offset);
            if (type != Dynamic)
                continue;
            var entries = Entries(bytes, offset, size);
            var strings = FileOffset(segments, entries.FirstOrDefault(entry => entry.Tag == StringTableTag).Value);
            foreach (var (tag, value) in entries)
            {
                if (tag == NeededTag)
                    needed.Add(TextAt(bytes, strings + value));
                else if (tag is RunPathTag or RPathTag)
                    runPaths.AddRange(TextAt(bytes, strings + value).Replace("$ORIGIN", Path.GetDirectoryName(path)!, StringComparison.Ordinal).Split(':'));
            }
        }
        return (needed, runPaths, interpreter);
    }

    private static List<(uint Type, ulong Offset, ulong Address, ulong Size)> Segments(byte[] bytes)
    {
        var table = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(32));
        var count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(56)), MostHeaders);
        var segments = new List<(uint, ulong, ulong, ulong)>();
        for (var i = 0; i < count; i++)
        {
            var at = table + (ulong)i * 56;
            if (at + 56 > (ulong)bytes.Length)
                break;
            var header = bytes.AsSpan((int)at);
            segments.Add((BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), BinaryPrimitives.ReadUInt64LittleEndian(header[32..])));
        }
        return segments;
    }

    private static List<(ulong Tag, ulong Value)> Entries(byte[] bytes, ulong offset, ulong size)
    {
        var entries = new List<(ulong, ulong)>();
        for (var at = offset; at + 16 <= Math.Min(offset + size, (ulong)bytes.Length); at += 16)
            entries.Add((BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)at)), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)at + 8))));
        return entries;
    }

    private static ulong FileOffset(List<(uint Type, ulong Offset, ulong Address, ulong Size)> segments, ulong address)
    {
        var segment = segments.FirstOrDefault(segment => segment.Type == Load && address >= segment.Address && address - segment.Address < segment.Size);
        return address - segment.Address + segment.Offset;
    }

    private static string TextAt(byte[] bytes, ulong offset)
    {
        if (offset >= (ulong)bytes.Length)
            return "";
        var rest = bytes.AsSpan((int)offset);
        return Encoding.UTF8.GetString(rest.IndexOf((byte)0) is >= 0 and var end ? rest[..end] : []);
    }
}
