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

    /// <summary>Where loaders look by themselves, of one distribution or another.</summary>
    public static readonly string[] Standard =
    [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64",
        "/usr/lib64", "/lib", "/usr/lib",
    ];

    /// <summary>
    /// The program's own path and those of all that it needs, as the system names them, each with its place in the initramfs: a
    /// library that only the loader's cache leads to comes to lie where a loader without one looks.
    /// </summary>
    /// <param name="root">The system.</param>
    /// <param name="program">The program.</param>
    /// <param name="opened">
    /// Libraries that it opens while it runs, by what wants them: they stand in no list. Left out of a program that is linked
    /// statically, which has them in it.
    /// </param>
    /// <exception cref="InitramfsException">A library isn't there.</exception>
    public static IReadOnlyList<(string Path, string Place)> Of(
        SystemRoot root, string program, params IEnumerable<(string Library, string For)> opened)
    {
        var found = new List<(string Path, string Place)> { (program, program) };
        var directories = Standard.Concat(Configured(root, "/etc/ld.so.conf", 0)).Distinct().ToList();
        for (var i = 0; i < found.Count; i++)
        {
            var (needed, runPaths, interpreter) = ReadDynamic(root, found[i].Path);
            if (interpreter is not null && !found.Exists(known => known.Path == interpreter))
                found.Add((interpreter, interpreter));
            var wanted = needed.Select(name => (Library: name, For: found[i].Path));
            if (i == 0 && interpreter is not null)
                wanted = wanted.Concat(opened);
            foreach (var (name, purpose) in wanted)
            {
                if (found.Exists(known => Path.GetFileName(known.Path) == name))
                    continue;
                var directory = runPaths.Concat(directories).FirstOrDefault(directory => root.HasFile($"{directory}/{name}"))
                    ?? throw new InitramfsException(
                        $"{purpose} needs {name}, and it is in none of the usual places: install the package that has it");
                found.Add(($"{directory}/{name}", $"{directory}/{name}"));
            }
        }
        return Placed(root, found);
    }

    // Where the C library lies, its loader looks.
    private static List<(string Path, string Place)> Placed(SystemRoot root, List<(string Path, string Place)> found)
    {
        var libc = found.Find(file => Path.GetFileName(file.Path).StartsWith("libc.", StringComparison.Ordinal)).Path;
        var home = libc is null ? null : Path.GetDirectoryName(libc);
        var runPaths = found.SelectMany(file => ReadDynamic(root, file.Path).RunPaths).ToHashSet();
        return [.. found.Select((file, i) => i > 0 && home is not null && Path.GetDirectoryName(file.Path) is { } directory
            && !Standard.Contains(directory) && !runPaths.Contains(directory)
            && Path.GetFileName(file.Path).Contains(".so", StringComparison.Ordinal)
            && !Path.GetFileName(file.Path).StartsWith("ld-", StringComparison.Ordinal)
                ? (file.Path, $"{home}/{Path.GetFileName(file.Path)}")
                : file)];
    }

    // ld.so.conf: a directory a line, or "include PATTERN".
    private static IEnumerable<string> Configured(SystemRoot root, string path, int depth)
    {
        const int MostDepth = 4;
        foreach (var line in root.ReadLines(path))
        {
            var text = line.Split('#')[0].Trim();
            if (text.StartsWith('/'))
                yield return text.TrimEnd('/');
            else if (text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is ["include", var pattern]
                && depth < MostDepth)
            {
                var full = pattern.StartsWith('/') ? pattern : $"{Path.GetDirectoryName(path)}/{pattern}";
                foreach (var directory in root.FilesIn(Path.GetDirectoryName(full)!, Path.GetFileName(full))
                    .SelectMany(file => Configured(root, file, depth + 1)))
                    yield return directory;
            }
        }
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
