using Panicle.TestTools;

namespace Panicle.Dumps.Tests;

/// <summary>The small real dump, and the same memory in every other format.</summary>
public static class SmallDump
{
    static SmallDump()
    {
        Dump = DumpReader.Open(TestData.PathOf("small.kdump"));
        Pages = TestData.PagesOf(Dump);
    }

    public static DumpFile Dump { get; }

    public static IReadOnlyList<ulong> Pages { get; }

    /// <summary>Names of the formats that <see cref="Make"/> makes.</summary>
    public static IEnumerable<TheoryDataRow<string>> Formats { get; } = new[]
    {
        "kdump zstd", "kdump zlib", "kdump lzo", "kdump snappy", "kdump raw", "kdump v1", "kdump v2", "kdump v3", "kdump v4",
            "kdump v5",
        "split", "flattened kdump", "flattened lzo, small records", "ELF", "QEMU ELF", "flattened ELF",
    }.Select(static name => new TheoryDataRow<string>(name));

    /// <summary>The files of the dump in a format.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="pages">Page frames to put in; all if null.</param>
    public static byte[][] Make(string format, IReadOnlyList<ulong>? pages = null)
    {
        pages ??= Pages;
        var third = pages[pages.Count / 3];
        return format switch
        {
            "kdump zstd" => [Kdump(pages, new KdumpOptions())],
            "kdump zlib" => [Kdump(pages, new KdumpOptions { Compression = Compression.Zlib })],
            "kdump lzo" => [Kdump(pages, new KdumpOptions { Compression = Compression.Lzo })],
            "kdump snappy" => [Kdump(pages, new KdumpOptions { Compression = Compression.Snappy })],
            "kdump raw" => [Kdump(pages, new KdumpOptions { Compression = Compression.None })],
            ['k', 'd', 'u', 'm', 'p', ' ', 'v', var version] =>
                [Kdump(pages, new KdumpOptions { Version = version - '0', Compression = Compression.Lzo })],
            "split" =>
            [
                Kdump(pages, new KdumpOptions { Split = (0, third) }),
                Kdump(pages, new KdumpOptions { Split = (third, Dump.Limit / TestData.Page) }),
            ],
            "flattened kdump" => [FlattenedWriter.Write(Make("kdump zstd", pages)[0], 100_000)],
            "flattened lzo, small records" => [FlattenedWriter.Write(Make("kdump lzo", pages)[0], 777)],
            "ELF" => [ElfWriter.Write(Dump, pages)],
            "QEMU ELF" => [ElfWriter.Write(Dump, pages, qemu: true)],
            "flattened ELF" => [FlattenedWriter.Write(Make("ELF", pages)[0], 65536)],
            _ => throw new ArgumentException(format),
        };
    }

    private static byte[] Kdump(IReadOnlyList<ulong> pages, KdumpOptions options) => KdumpWriter.Write(Dump, pages, options);
}
