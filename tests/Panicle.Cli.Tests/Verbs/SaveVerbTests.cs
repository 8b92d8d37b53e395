using System.Text.Json;
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
        var (code, text) = Run("save", Sample, output, "--compress", "lzo", "--threads", "2", "--json");
        Assert.Equal(ExitCode.Done, code);
        var result = JsonDocument.Parse(text).RootElement.GetProperty("result");
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
        Assert.Equal(ExitCode.Usage, Run(["save", Sample, output, .. options.Split(' ')]).Code);
        Assert.Equal(ExitCode.Usage, Run("save", Sample).Code);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    private static string Sample => Repository.Path("samples/null-deref.vmcore");

    private static (int Code, string Text) Run(params string[] arguments)
    {
        using var session = Session.Empty();
        using var stream = new MemoryStream();
        var runner = new CommandRunner(session, CommandTable.Commands());
        var code = runner.Run(
            CommandTable.Verbs().Find(arguments[0])!, arguments[1..], new OutputTarget(stream, TextWriter.Null), default);
        return (code, System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
