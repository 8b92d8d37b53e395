using System.Collections.Concurrent;
using Panicle.Dumps;
using Panicle.TestTools;

namespace Panicle.BadInput.Tests;

/// <summary>samples/null-deref.vmcore in every format, as files.</summary>
internal static class Formats
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("panicle-bad-input").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string[]>> Made = [];
    private static readonly Lock Gate = new(); // One at a time: they are large.

    static Formats() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(Folder, recursive: true);

    public static readonly string[] Names =
    [
        "kdump zstd", "kdump zlib", "kdump lzo", "kdump snappy", "kdump raw", "split", "flattened", "ELF", "QEMU ELF",
    ];

    public static string Sample { get; } = Path.Combine(Root(), "samples", "null-deref.vmcore");

    /// <summary>The files of the dump in a format; they must not be changed.</summary>
    public static string[] FilesOf(string format) => Made.GetOrAdd(format, static format => new(() => Make(format))).Value;

    /// <summary>A file for a test's own use.</summary>
    public static string NewPath() => Path.Combine(Folder, Path.GetRandomFileName());

    private static string[] Make(string format)
    {
        lock (Gate)
        {
            using var dump = DumpReader.Open([Sample]);
            var size = (ulong)dump.PageSize;
            var pages = new List<ulong>();
            foreach (var range in dump.PresentRanges())
                for (var at = range.Start; at < range.End; at += size)
                    pages.Add(at / size);
            var third = pages[pages.Count / 3];
            return format switch
            {
                "kdump zstd" => [Sample],
                "kdump zlib" => [Kdump(Compression.Zlib)],
                "kdump lzo" => [Kdump(Compression.Lzo)],
                "kdump snappy" => [Kdump(Compression.Snappy)],
                "kdump raw" => [Kdump(Compression.None)],
                "split" => [Kdump(Compression.Zstd, (0, third)), Kdump(Compression.Zstd, (third, dump.Limit / size))],
                "flattened" => [Write(FlattenedWriter.Write(File.ReadAllBytes(Sample), 100_000))],
                "ELF" => [Write(ElfWriter.Write(dump, pages))],
                "QEMU ELF" => [Write(ElfWriter.Write(dump, pages, qemu: true))],
                _ => throw new ArgumentException(format),
            };

            string Kdump(Compression compression, (ulong, ulong)? split = null) =>
                Write(KdumpWriter.Write(dump, pages, new KdumpOptions { Compression = compression, Split = split }));
        }
    }

    private static string Write(byte[] bytes)
    {
        var path = NewPath();
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Panicle.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException("the tests don't run within the repository");
    }
}
