using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Tests;

/// <summary>The files in Data, and the repository's samples.</summary>
internal static class TestData
{
    public const int Page = 4096;

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>A file of streams, each after its 16-bit size.</summary>
    public static IEnumerable<byte[]> Streams(string name)
    {
        var bytes = Bytes(name);
        for (var at = 0; at < bytes.Length;)
        {
            var size = BitConverter.ToUInt16(bytes, at);
            yield return bytes[(at + 2)..(at + 2 + size)];
            at += 2 + size;
        }
    }

    /// <summary>Page frames that a dump holds, ascending.</summary>
    public static List<ulong> PagesOf(DumpFile dump)
    {
        var pages = new List<ulong>();
        foreach (var range in dump.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += Page)
                pages.Add(at / Page);
        }
        return pages;
    }

    /// <summary>Opens dumps that are held in memory.</summary>
    public static DumpFile Open(params byte[][] files) => Open(Limits.Default, files);

    public static DumpFile Open(Limits limits, params byte[][] files) =>
        DumpReader.OpenFormat([.. files.Select((bytes, i) => DumpReader.Unflatten(new MemorySource($"file{i}", bytes)))], limits);

    public static byte[] ReadPage(DumpFile dump, ulong page)
    {
        var content = new byte[Page];
        Assert.True(dump.TryRead(page * Page, content, out var fault), fault.ToString());
        return content;
    }

    /// <summary>The samples directory of the repository, or null outside of one.</summary>
    public static string? SamplesDirectory()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "Panicle.slnx")))
                return Path.Combine(at, "samples");
        }
        return null;
    }
}

/// <summary>Bytes in memory as a file.</summary>
internal sealed class MemorySource(string path, byte[] bytes) : ByteSource
{
    public override string Path => path;

    public override long Length => bytes.Length;

    public override int Read(long offset, Span<byte> buffer)
    {
        if (offset < 0 || offset >= bytes.Length)
            return 0;
        var count = (int)Math.Min(buffer.Length, bytes.Length - offset);
        bytes.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
    }
}
