using System.Buffers.Binary;
using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// A program with everything that it needs to run: its interpreter and, with theirs,
/// the libraries that it names (System V ABI, dynamic section).
/// </summary>
internal static class ProgramFiles
{
    private const int MostHeaders = 128;
    private const ulong NeededTag = 1; // DT_NEEDED
    private const ulong StringTableTag = 5; // DT_STRTAB
    private const ulong RunPathTag = 29; // DT_RUNPATH
    private const ulong RPathTag = 15; // DT_RPATH

    private static readonly string[] Standard =
    [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64",
        "/usr/lib64", "/lib", "/usr/lib",
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
        if (!ElfHeader.TryRead(bytes, out var header) || !header.Is64Bit || header.IsBigEndian)
            return (needed, runPaths, interpreter);
        var segments = Segments(bytes, header);
        foreach (var segment in segments)
        {
            if (segment.Type == ElfProgramHeader.Interpreter)
                interpreter = TextAt(bytes, (ulong)segment.Offset);
            if (segment.Type != ElfProgramHeader.Dynamic)
                continue;
            var entries = Entries(bytes, (ulong)segment.Offset, segment.FileSize);
            var strings = FileOffset(segments, entries.FirstOrDefault(entry => entry.Tag == StringTableTag).Value);
            foreach (var (tag, value) in entries)
            {
                if (tag == NeededTag)
                    needed.Add(TextAt(bytes, strings + value));
                else if (tag is RunPathTag or RPathTag)
                    runPaths.AddRange(TextAt(bytes, strings + value)
                        .Replace("$ORIGIN", Path.GetDirectoryName(path)!, StringComparison.Ordinal).Split(':'));
            }
        }
        return (needed, runPaths, interpreter);
    }

    private static List<ElfProgramHeader> Segments(byte[] bytes, in ElfHeader header)
    {
        var segments = new List<ElfProgramHeader>();
        for (var i = 0; i < Math.Min((int)header.ProgramHeaderCount, MostHeaders); i++)
        {
            var at = header.ProgramHeaders + i * ElfProgramHeader.Bytes;
            if (at < 0 || at > bytes.Length - ElfProgramHeader.Bytes)
                break;
            segments.Add(ElfProgramHeader.Read(bytes.AsSpan((int)at)));
        }
        return segments;
    }

    private static List<(ulong Tag, ulong Value)> Entries(byte[] bytes, ulong offset, ulong size)
    {
        var entries = new List<(ulong, ulong)>();
        for (var at = offset; at + 16 <= Math.Min(offset + size, (ulong)bytes.Length); at += 16)
            entries.Add((BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)at)),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)at + 8))));
        return entries;
    }

    private static ulong FileOffset(List<ElfProgramHeader> segments, ulong address)
    {
        var segment = segments.Find(segment =>
            segment.Type == ElfProgramHeader.Load && address >= segment.Virtual && address - segment.Virtual < segment.FileSize);
        return address - segment.Virtual + (ulong)segment.Offset;
    }

    private static string TextAt(byte[] bytes, ulong offset)
    {
        if (offset >= (ulong)bytes.Length)
            return "";
        var rest = bytes.AsSpan((int)offset);
        return Encoding.UTF8.GetString(rest.IndexOf((byte)0) is >= 0 and var end ? rest[..end] : []);
    }
}
