using System.IO.Compression;
using System.Text;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Logs.Tests.Reading;

public sealed class LogInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panicle-test").FullName;

    private static string Text => SampleLogs.Text("6.12-null-deref");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, "log");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static OopsEvent First(string path)
    {
        using var stream = LogInput.Open(path);
        return SampleLogs.Read(stream).Events[0];
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    public void Wide_letters_are_letters(string name, bool withMark)
    {
        var encoding = Encoding.GetEncoding(name);
        var path = Write([.. withMark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Text)]);
        var found = First(path);
        Assert.Equal((OopsKind.NullPointerDereference, "crashme_inner"), (found.Kind, found.Function));
    }

    [Fact]
    public void Carriage_returns_alone_end_lines() =>
        Assert.Equal("crashme_inner", First(Write(Encoding.UTF8.GetBytes(Text.Replace('\n', '\r')))).Function);

    [Fact]
    public void A_packed_log_that_is_cut_says_so()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Text));
        foreach (var length in (int[])[(int)packed.Length / 2, (int)packed.Length - 12, (int)packed.Length - 1])
        {
            using var stream = LogInput.Open(Write(packed.ToArray()[..length]));
            var log = SampleLogs.Read(stream);
            Assert.Contains(log.Notes, note => note.EndsWith("the compressed data ends too early", StringComparison.Ordinal));
            Assert.NotEmpty(log.Events);
        }
    }

    [Fact]
    public void What_is_no_log_is_refused_by_its_first_bytes()
    {
        var path = Write("KDUMP   \n"u8.ToArray());
        Assert.Throws<IOException>(() => LogInput.OpenAll([path], (name, start) =>
        {
            Assert.Equal(path, name);
            Assert.True(start.StartsWith("KDUMP"u8));
            throw new IOException("a dump");
        }));
    }
}
