using System.Buffers.Binary;
using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Kdump.Initramfs;

/// <summary>A file of a program.</summary>
/// <param name="Path">Where the system has it.</param>
/// <param name="Place">Where it comes to lie in the initramfs.</param>
/// <param name="IsLibrary">Whether it is one that the loader looks for by its name.</param>
internal sealed record ProgramFile(string Path, string Place, bool IsLibrary);

/// <summary>
/// A program with everything that it needs to run: its interpreter and, with theirs, the libraries that it names (System V ABI,
/// dynamic section) or opens.
/// </summary>
internal static class ProgramFiles
{
    private const int MostHeaders = 128;
    private const ulong NeededTag = 1; // DT_NEEDED
    private const ulong StringTableTag = 5; // DT_STRTAB
    private const ulong RunPathTag = 29; // DT_RUNPATH
    private const ulong RPathTag = 15; // DT_RPATH

    // What glibc opens by itself, where it has them: to end threads, and (before 2.34) to look up names.
    private static readonly string[] OfTheCLibrary = ["libgcc_s.so.1", "libnss_files.so.2"];

    /// <summary>
    /// The program itself and all that it needs; libraries come to lie where its loader finds them without being told.
    /// </summary>
    /// <param name="root">The system that they are taken from.</param>
    /// <param name="program">The program, as the system names it.</param>
    /// <param name="opened">
    /// Libraries that it opens while it runs, by what wants them: they stand in no list. Left out of a program that is linked
    /// statically, which has them in it.
    /// </param>
    /// <exception cref="InitramfsException">A library isn't there.</exception>
    public static IReadOnlyList<ProgramFile> Of(
        SystemRoot root, string program, params IEnumerable<(string Library, string For)> opened)
    {
        var found = new List<ProgramFile> { new(program, program, IsLibrary: false) };
        var own = ReadDynamic(root, program);
        if (own.Interpreter is null)
            return found;
        if (!root.HasFile(own.Interpreter))
            throw new InitramfsException($"{program} needs {own.Interpreter}, which isn't there");
        found.Add(new ProgramFile(own.Interpreter, own.Interpreter, IsLibrary: false));
        var directories = new LibraryDirectories(root);
        foreach (var (library, purpose) in opened)
            Add(library, purpose, own);
        foreach (var name in OfTheCLibrary.Where(name => directories.Find(name, own.Machine, own.RunPaths) is not null))
            Add(name, program, own);
        for (var i = 0; i < found.Count; i++)
        {
            var needing = i == 0 ? own : ReadDynamic(root, found[i].Path);
            foreach (var name in needing.Needed)
                Add(name, found[i].Path, needing);
        }
        return Placed(found);

        void Add(string name, string purpose, Dynamic needing)
        {
            if (found.Exists(known => Path.GetFileName(known.Path) == Path.GetFileName(name)))
                return;
            var path = directories.Find(name, own.Machine, needing.RunPaths.Concat(own.RunPaths))
                ?? throw new InitramfsException(
                    $"{purpose} needs {name}, and it is in none of the usual places: install the package that has it");
            found.Add(new ProgramFile(path, path, !needing.FixedRunPaths.Contains(Path.GetDirectoryName(path)!)));
        }
    }

    // A loader without its cache knows the C library's directory, with and without /usr in front; what the running system's found
    // elsewhere goes there.
    private static IReadOnlyList<ProgramFile> Placed(List<ProgramFile> files)
    {
        var known = files.Find(file => Path.GetFileName(file.Path).StartsWith("libc.", StringComparison.Ordinal));
        if (known is null)
            return files;
        var directory = Path.GetDirectoryName(known.Path)!;
        return
        [
            .. files.Select(file => file.IsLibrary && WithoutUsr(Path.GetDirectoryName(file.Path)!) != WithoutUsr(directory)
                ? file with { Place = $"{directory}/{Path.GetFileName(file.Path)}" }
                : file),
        ];
    }

    private static string WithoutUsr(string directory) =>
        directory.StartsWith("/usr/", StringComparison.Ordinal) ? directory["/usr".Length..] : directory;

    /// <summary>What a program's or library's own tables say.</summary>
    private sealed record Dynamic(ushort Machine)
    {
        public List<string> Needed { get; } = [];

        public List<string> RunPaths { get; } = [];

        // Those that stay what they are wherever the file lies.
        public List<string> FixedRunPaths { get; } = [];

        public string? Interpreter { get; set; }
    }

    private static Dynamic ReadDynamic(SystemRoot root, string path)
    {
        var bytes = File.ReadAllBytes(root.Real(path));
        if (!ElfHeader.TryRead(bytes, out var header) || !header.Is64Bit || header.IsBigEndian)
            return new Dynamic(0);
        var found = new Dynamic(header.Machine);
        var segments = Segments(bytes, header);
        foreach (var segment in segments)
        {
            if (segment.Type == ElfProgramHeader.Interpreter)
                found.Interpreter = TextAt(bytes, (ulong)segment.Offset);
            if (segment.Type != ElfProgramHeader.Dynamic)
                continue;
            var entries = Entries(bytes, (ulong)segment.Offset, segment.FileSize);
            var strings = FileOffset(segments, entries.FirstOrDefault(entry => entry.Tag == StringTableTag).Value);
            foreach (var (tag, value) in entries)
            {
                if (tag == NeededTag)
                    found.Needed.Add(TextAt(bytes, strings + value));
                else if (tag is RunPathTag or RPathTag)
                    AddRunPaths(found, TextAt(bytes, strings + value).Split(':'), Path.GetDirectoryName(path)!);
            }
        }
        return found;
    }

    private static void AddRunPaths(Dynamic found, string[] paths, string origin)
    {
        foreach (var path in paths)
        {
            var whole = path.Replace("$ORIGIN", origin, StringComparison.Ordinal)
                .Replace("${ORIGIN}", origin, StringComparison.Ordinal).TrimEnd('/');
            if (!whole.StartsWith('/'))
                continue; // Nothing is taken from whatever directory this happens to run in.
            whole = Path.GetFullPath(whole);
            found.RunPaths.Add(whole);
            if (whole == path.TrimEnd('/'))
                found.FixedRunPaths.Add(whole);
        }
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
