using System.Buffers.Binary;
using Panicle.Dumps;
using Panicle.Reports.Oops;

namespace Panicle.Cli;

/// <summary>Tells the files on the command line apart by what is in them.</summary>
internal static class InputFiles
{
    private const int HeaderSize = 64; // Elf64_Ehdr
    private const int ProgramHeaderSize = 56; // Elf64_Phdr
    private const int MostHeaders = 4096;
    private const int MostNoteBytes = 1 << 20;
    private const ushort Executable = 2; // ET_EXEC: a vmlinux
    private const ushort SharedObject = 3; // ET_DYN: a vmlinux of a relocatable kernel on some architectures
    private const uint Notes = 4; // PT_NOTE
    private const uint BuildId = 3; // NT_GNU_BUILD_ID

    /// <summary>The dump's files and the vmlinux among these, whatever their order.</summary>
    /// <exception cref="DumpException">There is no dump, or more than one vmlinux.</exception>
    public static (IReadOnlyList<string> Dumps, string? Vmlinux) Sort(IReadOnlyList<string> paths)
    {
        var kernels = paths.Where(IsVmlinux).ToList();
        if (kernels.Count > 1)
            throw new DumpException($"{kernels[0]} and {kernels[1]} are both kernels (vmlinux); give one dump and at most one of them");
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
            throw new DumpException($"{vmlinux} is not the kernel that crashed: its build ID is {given}, that in {dump} is {crashed}; --force uses it all the same");
    }

    /// <summary>Whether the files are logs (or packed ones), not dumps. <c>-</c>, standard input, is a log.</summary>
    public static bool AreLogs(IReadOnlyList<string> paths) => paths.All(path => path == "-" || IsText(path));

    // A dump's first block is mostly zeros; what a serial line garbled is still mostly text.
    private static bool IsText(string path)
    {
        const int BlockSize = 4096;
        const int Tolerance = 10;
        try
        {
            using var stream = LogInput.Open(path);
            var start = new byte[BlockSize];
            var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            var strange = start.AsSpan(0, length).ToArray().Count(value => value < ' ' && value is not ((byte)'\n' or (byte)'\r' or (byte)'\t' or 0x1b));
            return length > 0 && !start.AsSpan().StartsWith("\u007fELF"u8) && strange * Tolerance < length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    private static bool IsVmlinux(string path)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        return TryReadHeader(path, header) && BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) is Executable or SharedObject;
    }

    // What can't be read is no vmlinux; as a dump it then gets its error message.
    private static bool TryReadHeader(string path, Span<byte> header)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return RandomAccess.Read(file, header, 0) == header.Length && header.StartsWith("\u007fELF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static string? ReadBuildId(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> header = stackalloc byte[HeaderSize];
        if (RandomAccess.Read(file, header, 0) != header.Length)
            return null;
        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var count = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(header[56..]), (ushort)MostHeaders);
        Span<byte> segment = stackalloc byte[ProgramHeaderSize];
        for (var i = 0; i < count && offset > 0; i++)
        {
            if (RandomAccess.Read(file, segment, offset + i * ProgramHeaderSize) != segment.Length)
                return null;
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) != Notes)
                continue;
            var notes = new byte[Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(segment[32..]), 0, MostNoteBytes)];
            var length = RandomAccess.Read(file, notes, Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(segment[8..])));
            if (FindBuildId(notes.AsSpan(0, length)) is { } found)
                return found;
        }
        return null;
    }

    // Elf64_Nhdr: lengths of name and descriptor, type; then both, each padded to four bytes.
    private static string? FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var nameLength = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            var start = 12 + ((nameLength + 3UL) & ~3UL);
            var end = start + ((length + 3UL) & ~3UL);
            if (start + length > (ulong)notes.Length)
                return null;
            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == BuildId && notes[12..].StartsWith("GNU\0"u8))
                return Convert.ToHexStringLower(notes.Slice((int)start, (int)length));
            notes = notes[(int)Math.Min(end, (ulong)notes.Length)..];
        }
        return null;
    }
}
