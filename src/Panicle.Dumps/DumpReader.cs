using Panicle.Dumps.Elf;
using Panicle.Dumps.Kdump;
using Panicle.Dumps.Sources;
using Panicle.Formats.Elf;

namespace Panicle.Dumps;

/// <summary>Opens dumps of any format; which one a file is, its content tells.</summary>
public static class DumpReader
{
    private const int SniffSize = 512;

    /// <summary>Opens a dump that is one file (or a block device that one was written to, or /proc/kcore).</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What a damaged dump may cost; <see cref="Limits.Default"/> if null.</param>
    /// <exception cref="DumpException">It can't be opened, or isn't a dump.</exception>
    public static DumpFile Open(string path, Limits? limits = null) => Open([path], limits);

    /// <summary>Opens a dump that is one file or the parts of a split one, in any order.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="limits">What a damaged dump may cost; <see cref="Limits.Default"/> if null.</param>
    /// <exception cref="DumpException">One can't be opened or isn't a dump, or they don't belong together.</exception>
    public static DumpFile Open(IReadOnlyList<string> paths, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        limits ??= Limits.Default;
        if (paths.Count == 0)
            throw new DumpException("No dump file is named.");
        var sources = new List<ByteSource>();
        try
        {
            foreach (var path in paths)
                sources.Add(OpenSource(path));
            return OpenFormat(sources, limits);
        }
        catch
        {
            foreach (var source in sources)
                source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a file begins as a dump does: ELF, kdump-compressed or flattened. What is wrong further on, opening it tells.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DumpException">It can't be opened.</exception>
    public static bool IsDump(string path)
    {
        // The pipe behind a shell's <(…) has a name that leads nowhere; what is read from it is gone.
        if (File.ResolveLinkTarget(path, returnFinalTarget: true) is { Exists: false })
            return false;
        using var file = FileSource.Open(path);
        Span<byte> buffer = stackalloc byte[SniffSize];
        var start = buffer[..file.Read(0, buffer)];
        return IsDump(start);
    }

    /// <summary>Whether these are the first bytes of a dump. A stream's are looked at without a file.</summary>
    public static bool IsDump(ReadOnlySpan<byte> start) =>
        KdumpHeader.IsKdump(start) || ElfHeader.IsElf(start) || FlattenedFile.IsFlattened(start);

    /// <summary>What a flattened stream stands for, or the source itself if it isn't one.</summary>
    internal static ByteSource Unflatten(ByteSource source)
    {
        Span<byte> start = stackalloc byte[SniffSize];
        return FlattenedFile.IsFlattened(start[..source.Read(0, start)]) ? FlattenedFile.Open(source) : source;
    }

    private static ByteSource OpenSource(string path)
    {
        var file = FileSource.Open(path);
        try
        {
            return file.IsVmcore ? new MappedVmcore(file) : Unflatten(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a dump from its bytes; the caller disposes of the sources if that fails.</summary>
    internal static DumpFile OpenFormat(IReadOnlyList<ByteSource> sources, Limits limits)
    {
        Span<byte> buffer = stackalloc byte[SniffSize];
        foreach (var source in sources)
        {
            var start = buffer[..source.Read(0, buffer)];
            if (KdumpHeader.IsKdump(start))
                continue;
            if (!ElfHeader.IsElf(start))
                throw new DumpException(ForeignFile.Describe(source, start));
            if (sources.Count > 1)
                throw new DumpException(
                    $"{source.Path} is an ELF file; only the parts of a split kdump-compressed dump can be opened together. "
                        + "Name one dump.");
            return ElfDump.Open(source, limits);
        }
        return KdumpDump.Open(sources, limits);
    }
}
