using Panicle.Formats.Files;

namespace Panicle.Formats.Tests;

/// <summary>Whose a file is that takes the place of another.</summary>
public sealed class OutputFileTests : IDisposable
{
    private const UnixFileMode Everybody = OutputFile.Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-output");

    private string FilePath => Path.Combine(_folder.FullName, "file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(null, null, OutputFile.Private)]
    [InlineData(Everybody, null, OutputFile.Private)] // What is written now may be a secret.
    [InlineData(null, Everybody, Everybody)]
    [InlineData(OutputFile.Private, Everybody, OutputFile.Private)]
    public void A_text_takes_the_place_of_another_whole(UnixFileMode? before, UnixFileMode? mode, UnixFileMode after)
    {
        if (before is { } was)
        {
            File.WriteAllText(FilePath, "what was there");
            File.SetUnixFileMode(FilePath, was);
        }
        OutputFile.Replace(FilePath, "new", mode);
        Assert.Equal(("new", after), (File.ReadAllText(FilePath), File.GetUnixFileMode(FilePath)));
        Assert.Equal([FilePath], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void What_fails_leaves_what_was_there_and_nothing_beside_it()
    {
        File.WriteAllText(FilePath, "what was there");
        Assert.Throws<InvalidOperationException>(() =>
            OutputFile.WriteText(FilePath, isForced: true, _ => throw new InvalidOperationException()));
        Assert.Equal("what was there", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(_folder.FullName));
    }
}
