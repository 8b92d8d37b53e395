using Panicle.Formats.Files;

namespace Panicle.Formats.Tests;

/// <summary>A file that may not grow further is a failure of the output and no bug.</summary>
public sealed class FileLimitTests : IDisposable
{
    // No file system has files of so many bytes.
    private const long Far = 1L << 62;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_file_that_may_not_grow_fails_as_a_full_disk_does()
    {
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite);
        Assert.Equal(FileLimit.Message, Assert.Throws<IOException>(() => FileLimit.Write(file, "x"u8, Far)).Message);
    }

    [Fact]
    public void A_stream_that_met_the_limit_is_told_from_a_wrong_argument()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        file.Position = Far;
        Assert.True(FileLimit.IsReached(Record.Exception(() => file.WriteByte(1))!));
        Assert.False(FileLimit.IsReached(Record.Exception(() => "x".Substring(2))!));
    }
}
