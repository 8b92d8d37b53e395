using Panicle.Dumps;
using Panicle.Formats.Elf;
using Panicle.Formats.Files;
using Panicle.Logs.Reading;

namespace Panicle.Cli;

/// <summary>Tells the files on the command line apart by what is in them.</summary>
internal static class InputFiles
{
    /// <summary>The dump's files and the vmlinux among these, whatever their order.</summary>
    /// <exception cref="DumpException">There is no dump, or more than one vmlinux.</exception>
    public static (IReadOnlyList<string> Dumps, string? Vmlinux) Sort(IReadOnlyList<string> paths)
    {
        var kernels = paths.Where(IsVmlinux).ToList();
        if (kernels.Count > 1)
            throw new DumpException(
                $"{kernels[0]} and {kernels[1]} are both kernels (vmlinux); give one dump and at most one of them");
        List<string> dumps = [.. paths.Except(kernels)];
        if (dumps.Count == 0)
            throw new DumpException($"{paths[0]} is a kernel (vmlinux), and no dump is given beside it");
        return (dumps, kernels.FirstOrDefault());
    }

    /// <summary>Makes sure that a vmlinux is the kernel that crashed.</summary>
    /// <exception cref="DumpException">It is another one.</exception>
    public static void CheckBuildIds(string vmlinux, string? crashed, string dump)
    {
        var given = ReadBuildId(vmlinux);
        if (given is not null && crashed is not null && given != crashed)
            throw new DumpException(
                $"{vmlinux} is not the kernel that crashed: its build ID is {given}, that in {dump} is {crashed}; "
                    + "--force uses it all the same");
    }

    /// <summary>
    /// Whether the files are logs (or packed ones), not dumps. <c>-</c>, standard input, and whatever can be read only once is
    /// a log: a dump is read here and there, and looking at what is in a pipe takes it out.
    /// </summary>
    public static bool AreLogs(IReadOnlyList<string> paths) => paths.All(path => IsReadOnce(path) || IsText(path));

    /// <summary>Whether what is read there is gone: standard input, a pipe (also of a shell's <c>&lt;(…)</c>), a FIFO.</summary>
    public static bool IsReadOnce(string path) =>
        path == "-" || FileStatus.Of(path) is { Kind: FileKind.Pipe or FileKind.Socket or FileKind.CharacterDevice };

    /// <summary>The text of one log in several files. Owned by the caller.</summary>
    /// <exception cref="DumpException">One can't be read, or is a dump; the message says what to do then.</exception>
    public static Stream OpenLogs(IReadOnlyList<string> paths)
    {
        try
        {
            return LogInput.OpenAll(paths, RefuseDump);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DumpException(FileError.Describe(failure), failure);
        }
    }

    private static void RefuseDump(string path, ReadOnlySpan<byte> start)
    {
        if (!DumpReader.IsDump(start))
            return;
        throw new DumpException(IsReadOnce(path)
            ? $"{(path == "-" ? "standard input" : path)} is a dump, which can't be read from a pipe; "
                + "save it to a file, then: panicle report FILE"
            : $"{path} is a dump, not a log; panicle report explains it, and panicle {path} -c log shows the log in it");
    }

    // A dump's first block is mostly zeros; what a serial line garbled is still mostly text.
    private static bool IsText(string path)
    {
        const int BlockSize = 4096;
        const int Tolerance = 10;
        try
        {
            using var stream = LogInput.Open(path);
            var start = new byte[BlockSize];
            var length = ReadStart(stream, start);
            var strange = start.AsSpan(0, length).ToArray()
                .Count(value => value < ' ' && value is not ((byte)'\n' or (byte)'\r' or (byte)'\t' or 0x1b));
            return length > 0 && !ElfHeader.IsElf(start) && strange * Tolerance < length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    // A packed log that is damaged is one all the same, if something of it can be read.
    private static int ReadStart(Stream stream, Span<byte> start)
    {
        var length = 0;
        try
        {
            while (length < start.Length && stream.Read(start[length..]) is > 0 and var read)
                length += read;
        }
        catch (InvalidDataException) when (length > 0)
        {
        }
        return length;
    }

    // What can't be read is no vmlinux; as a dump it then gets its error message.
    private static bool IsVmlinux(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> start = stackalloc byte[ElfHeader.Bytes];
            return RandomAccess.Read(file, start, 0) == start.Length && ElfHeader.TryRead(start, out var header)
                && header.Type is ElfHeader.Executable or ElfHeader.SharedObject;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static string? ReadBuildId(string path)
    {
        using var file = ElfFile.TryOpen(path, Limits.Default, out _);
        return file?.BuildId;
    }
}
