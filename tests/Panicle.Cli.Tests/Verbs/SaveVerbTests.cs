using Panicle.Dumps;

namespace Panicle.Cli.Tests.Verbs;

public sealed class SaveVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_dump_is_saved_with_its_log_and_its_report()
    {
        var output = Path.Combine(_folder.FullName, "dump.202601020304");
        var ran = Run("save", Sample, output, "--compress", "lzo", "--threads", "2", "--json");
        Assert.Equal(ExitCode.Done, ran.ExitCode);
        var result = ran.Result;
        Assert.Equal(output, result.GetProperty("files")[0].GetString());
        Assert.Equal((17997, 2776, 31), (result.GetProperty("pages").GetInt32(), result.GetProperty("zeroPages").GetInt32(),
            result.GetProperty("level").GetInt32()));
        Assert.InRange(result.GetProperty("peakMemory").GetInt64(), 10 << 20, 4L << 30);
        using var saved = DumpReader.Open(output);
        Assert.Equal("kdump-compressed v6, lzo", saved.Header.Format);
        Assert.StartsWith("BUG: kernel NULL pointer dereference, address: 0000000000000000 in crashme_inner+0xf [crashme]",
            File.ReadAllText(result.GetProperty("report").GetString()!), StringComparison.Ordinal);
        Assert.Contains(
            "] Linux version 6.1.", File.ReadAllText(result.GetProperty("log").GetString()!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--level 32")]
    [InlineData("--compress lz4")]
    [InlineData("--format raw")]
    [InlineData("--threads 0")]
    public void What_makes_no_sense_is_a_usage_error(string options)
    {
        var output = Path.Combine(_folder.FullName, "dump");
        Assert.Equal(ExitCode.Usage, Run(["save", Sample, output, .. options.Split(' ')]).ExitCode);
        Assert.Equal(ExitCode.Usage, Run("save", Sample).ExitCode);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    private static string Sample => Repository.Path("samples/null-deref.vmcore");

    private static Ran Run(params string[] arguments) => CommandTest.RunVerb(arguments);
}
