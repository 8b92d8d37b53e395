using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Tests;

/// <summary>
/// Reading by mapping, tried on an ordinary file: /proc/vmcore is only there in a kernel that kdump has started.
/// </summary>
public sealed class MappedVmcoreTests : IDisposable
{
    private const int Window = 4 << 20;

    // More windows than are mapped at a time, and an end that is no page's.
    private const int Length = 11 * Window + 4096 + 100;

    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _content = new byte[Length];

    public MappedVmcoreTests()
    {
        new Random(1).NextBytes(_content);
        File.WriteAllBytes(_path, _content);
    }

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Mapped_bytes_are_those_of_the_file()
    {
        using var source = new MappedVmcore(FileSource.Open(_path));
        var buffer = new byte[4096];
        for (var pass = 0; pass < 3; pass++)
        {
            for (var at = 0; at < Length; at += 1 << 20)
                AssertRead(source, at, buffer);
        }
        Assert.True(source.Mappings > 11);
    }

    [Fact]
    public void Reads_across_windows_and_up_to_the_end()
    {
        using var source = new MappedVmcore(FileSource.Open(_path));
        var buffer = new byte[3 * Window];
        for (var pass = 0; pass < 3; pass++)
        {
            AssertRead(source, Window - 1000, buffer);
            AssertRead(source, Length - 50, buffer.AsSpan(0, 50));
            Assert.Equal(100, source.Read(Length - 100, buffer));
            Assert.Equal(0, source.Read(Length, buffer));
            Assert.Equal(0, source.Read(Length + 2 * Window, buffer));
        }
    }

    [Fact]
    public void Many_read_at_once()
    {
        using var source = new MappedVmcore(FileSource.Open(_path));
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, seed =>
        {
            var random = new Random(seed);
            var buffer = new byte[20000];
            for (var i = 0; i < 2000; i++)
                AssertRead(source, random.Next(Length - buffer.Length), buffer.AsSpan(0, random.Next(buffer.Length)));
        });
    }

    /// <summary>What is lent stays where it is, whatever else is mapped meanwhile.</summary>
    [Fact]
    public void Lent_bytes_are_those_of_the_file()
    {
        using var source = new MappedVmcore(FileSource.Open(_path));
        const int Lent = 32 * 4096;
        var first = source.Borrow(4096, Lent);
        Assert.Equal(Lent, first.Bytes.Length);
        for (var window = 0; window < 11; window++)
        {
            using var last = source.Borrow((window + 1) * Window - Lent, Lent);
            Assert.True(window % 8 == 0 && last.Bytes.IsEmpty
                || last.Bytes.SequenceEqual(_content.AsSpan((window + 1) * Window - Lent, Lent)));
        }
        Assert.True(first.Bytes.SequenceEqual(_content.AsSpan(4096, Lent)));
        first.Dispose();
        Assert.True(source.Borrow(Window - 4096, Lent).Bytes.IsEmpty, "over the end of a window");
        Assert.True(source.Borrow(Length - 4096, Lent).Bytes.IsEmpty, "over the end of the file");
    }

    private void AssertRead(MappedVmcore source, int offset, Span<byte> buffer)
    {
        Assert.Equal(buffer.Length, source.Read(offset, buffer));
        Assert.True(_content.AsSpan(offset, buffer.Length).SequenceEqual(buffer));
    }
}
