using System.IO.Compression;

namespace Panicle.Cli.Tests.Verbs;

public sealed class ReportVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    private static string Log => Repository.Path("samples/logs/6.12-null-deref.log");

    private static string Dump => Repository.Path("samples/null-deref.vmcore");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_log_gives_the_same_page_as_a_dump_with_what_a_log_can_tell()
    {
        var text = Run($"report {Log}").Output;
        Assert.StartsWith("BUG: kernel NULL pointer dereference, address: 0000000000000000 in crashme_inner [crashme]", text,
            StringComparison.Ordinal);
        Assert.Contains(
            "  1. crashme_inner [crashme] read memory through a pointer that was NULL (NULL pointer dereference) [certain]", text,
            StringComparison.Ordinal);
        Assert.Contains("reads 8 bytes at rax, rax is 0", text, StringComparison.Ordinal);
        Assert.Contains("  crashme_middle+0xa/0x30 [crashme]", text, StringComparison.Ordinal);
        Assert.Contains("mov    (%rax),%rax", text, StringComparison.Ordinal);
        Assert.DoesNotContain("dump:", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_and_the_dump_agree_in_JSON()
    {
        var log = Run($"report --json {Log}").Json.GetProperty("result");
        var dump = Run($"report --json {Dump}").Json.GetProperty("result");
        foreach (var name in (string[])["kind", "title", "certainty", "role", "advice"])
            Assert.Equal(dump.GetProperty("findings")[0].GetProperty(name).GetString(),
                log.GetProperty("findings")[0].GetProperty(name).GetString());
        Assert.Equal("crashme_inner", log.GetProperty("event").GetProperty("function").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, log.GetProperty("dump").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, dump.GetProperty("text").ValueKind);
        // Each line that is quoted is where it says.
        var lines = File.ReadAllLines(Log);
        var quoted = log.GetProperty("findings")[0].GetProperty("evidence")[0];
        Assert.Contains(
            "BUG: kernel NULL pointer dereference", lines[quoted.GetProperty("line").GetInt32() - 1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_packed_log_is_a_log()
    {
        var path = Path.Combine(_folder.FullName, "log.gz");
        using (var packed = new GZipStream(File.Create(path), CompressionMode.Compress))
            packed.Write(File.ReadAllBytes(Log));
        Assert.Contains("crashme_inner [crashme] read memory", Run($"report {path}").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_else()
    {
        var path = Path.Combine(_folder.FullName, "page.html");
        Run($"report {Log} --html {path}");
        var page = File.ReadAllText(path);
        Assert.Contains(
            "<strong>crashme_inner [crashme] read memory through a pointer that was NULL", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(page, Run($"report {Log} --html -").Output);
    }

    [Fact]
    public void A_dumps_report_says_how_the_kernel_was_set_to_respond()
    {
        var response = Run($"report --json {Dump}").Json.GetProperty("result").GetProperty("response");
        Assert.Contains("panic_on_oops=1", response.GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.Contains(response.GetProperty("settings").EnumerateArray(), setting =>
            setting.GetProperty("name").GetString() == "kernel.panic_on_oops" && setting.GetProperty("value").GetInt32() == 1);
    }

    [Fact]
    public void A_text_without_a_crash_says_so()
    {
        var path = Path.Combine(_folder.FullName, "quiet.log");
        File.WriteAllText(path, "[    0.000000] Linux version 6.1.0\n[    1.000000] loop: module loaded\n");
        Assert.StartsWith(
            "no crash, warning or error of the kernel in this log", Run($"report {path}").Output, StringComparison.Ordinal);
    }

    private static Ran Run(string line) => CommandTest.RunVerb(line);
}
