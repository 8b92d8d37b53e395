using System.IO.Compression;
using Panicle.Dumps;

namespace Panicle.Cli.Tests.Processes;

/// <summary>What only a process shows: its arguments, exit code, standard input, pipes, environment.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    private static string Dump => Repository.Path("samples/null-deref.vmcore");

    private static string Log => Repository.Path("samples/logs/6.12-null-deref.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Without_arguments_it_says_how_it_is_used()
    {
        var ran = PanicleProcess.Run();
        Assert.Equal((ExitCode.Usage, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("usage: panicle DUMP [VMLINUX]", ran.Errors, StringComparison.Ordinal);
        foreach (var option in (string[])["--help", "-h"])
            Assert.Equal(new Ran(ExitCode.Done, ran.Errors, ""), PanicleProcess.Run(option));
    }

    [Fact]
    public void It_tells_its_version() => Assert.Matches(@"^panicle \d+\.\d+\.\d+\S*\n$", PanicleProcess.Run("--version").Output);

    [Fact]
    public void A_groups_verbs_are_listed()
    {
        var ran = PanicleProcess.Run("kdump");
        Assert.Equal((ExitCode.Done, ""), (ran.ExitCode, ran.Errors));
        Assert.Contains("  panicle kdump status ", ran.Output, StringComparison.Ordinal);
        ran = PanicleProcess.Run("kdump", "nope");
        Assert.Equal((ExitCode.Usage, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("panicle: there is no 'kdump nope'", ran.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Done, "help", "log")]
    [InlineData(ExitCode.Finding, "help", "nope")]
    [InlineData(ExitCode.Usage, "DUMP", "--nope")]
    [InlineData(ExitCode.Usage, "report")]
    [InlineData(ExitCode.Input, "/dev/null")]
    [InlineData(ExitCode.Input, "no such file")]
    [InlineData(ExitCode.Input, "report", "no such file")]
    [InlineData(ExitCode.Done, "DUMP", "-c", "sys", "-c", "mod")]
    [InlineData(ExitCode.Usage, "DUMP", "-c", "nope", "-c", "sym no_such_symbol", "-c", "sys")]
    [InlineData(7, "DUMP", "-c", "!exit 7")]
    public void The_exit_code_says_what_came_of_it(int expected, params string[] arguments)
    {
        var ran = PanicleProcess.Run(arguments.Select(word => word == "DUMP" ? Dump : word));
        Assert.Equal(expected, ran.ExitCode);
        Assert.Equal(expected is ExitCode.Done or 7, ran.Errors.Length == 0);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal); // no traces of its own
    }

    [Fact]
    public void A_failure_is_a_document_where_documents_are_wanted()
    {
        var ran = PanicleProcess.Run("no such file", "--json");
        Assert.Equal((ExitCode.Input, ""), (ran.ExitCode, ran.Errors));
        Assert.Equal("input", ran.Json.GetProperty("error").GetProperty("kind").GetString());
    }

    [Fact]
    public void Each_command_is_one_line_of_JSON()
    {
        var lines = PanicleProcess.Run(Dump, "--json", "-c", "sys", "-c", "nope", "-c", "mod").Lines;
        Assert.Equal(["panicle.sys/2", "panicle.error/1", "panicle.mod/1"], lines.Select(line =>
            new Ran(0, line, "").Json.GetProperty("schema").GetString()));
    }

    [Fact]
    public void Commands_come_from_standard_input()
    {
        var expected = PanicleProcess.Run(Dump, "-c", "sys", "-c", "mod");
        Assert.NotEmpty(expected.Output);
        Assert.Equal(expected, PanicleProcess.RunOn("# two of them\nsys\nmod\nquit\nps\n"u8.ToArray(), Dump));
        Assert.Equal(expected, PanicleProcess.RunOn("sys\nmod\n"u8.ToArray(), Dump, "-i", "-"));
        Assert.Equal(ExitCode.Usage, PanicleProcess.RunOn("nope\nsys\n"u8.ToArray(), Dump).ExitCode);
        Assert.Equal(new Ran(ExitCode.Done, "", ""), PanicleProcess.Run(Dump));
    }

    [Fact]
    public void A_log_comes_from_standard_input_packed_or_not()
    {
        var plain = File.ReadAllBytes(Log);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain);
        var expected = PanicleProcess.Run("report", Log);
        Assert.StartsWith("BUG: kernel NULL pointer dereference", expected.Output, StringComparison.Ordinal);
        Assert.Equal(expected.Lines[0], PanicleProcess.RunOn(plain, "report", "-").Lines[0]);
        Assert.Equal(expected.Lines[0], PanicleProcess.RunOn(packed.ToArray(), "report", "-").Lines[0]);
        var oops = PanicleProcess.Run("oops", Log).Output;
        Assert.Equal(oops, PanicleProcess.RunOn(plain, "oops").Output);
        Assert.Equal(oops, PanicleProcess.RunOn(packed.ToArray(), "oops").Output);
    }

    [Fact]
    public void A_dump_goes_to_standard_output()
    {
        var path = Path.Combine(_folder.FullName, "flat");
        var ran = Shell($""" "$0" save '{Dump}' - >'{path}' """);
        Assert.Equal(0, ran.ExitCode);
        using var dump = DumpReader.Open(path);
        Assert.Contains("flattened", dump.Header.Format, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_leaves_early_ends_it_without_a_word()
    {
        // More than a pipe holds, many times: the last command is one that never comes to its end.
        var logs = string.Concat(Enumerable.Repeat(" -c log", 20));
        var ran = Shell($$""" "$0" '{{Dump}}'{{logs}} -c '!sleep 600' | head -n 1; echo "${PIPESTATUS[0]}" """);
        Assert.Equal("0", ran.Lines[^1]);
        Assert.Contains("Linux version 6.1.", ran.Lines[0], StringComparison.Ordinal);
        Assert.Equal(2, ran.Lines.Length);
        Assert.Equal("", ran.Errors);
    }

    [Theory]
    [InlineData("help")]
    [InlineData("report DUMP")]
    [InlineData("DUMP -c sys")]
    [InlineData("DUMP -c sys --json")]
    public void Output_that_cannot_be_written_is_a_failure(string line)
    {
        var ran = Shell($""" "$0" {line.Replace("DUMP", Dump, StringComparison.Ordinal)} >/dev/full """);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains("can't write to standard output: No space left on device", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_commands_output_goes_through_the_systems_programs() =>
        Assert.Equal("1\n", PanicleProcess.Run(Dump, "-c", "mod | grep crashme | wc -l | tr -d ' '").Output);

    [Theory]
    [InlineData("C")]
    [InlineData("de_DE.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public void The_users_language_changes_nothing(string language)
    {
        string[] line = [Dump, "-c", "sys", "-c", "ps", "-c", "kmem -i", "-c", "nope"];
        var start = PanicleProcess.Start(PanicleProcess.Program, line);
        start.Environment["LC_ALL"] = language;
        Assert.Equal(PanicleProcess.Run(line), PanicleProcess.Finish(start));
    }

    [Fact]
    public void A_file_may_have_any_name()
    {
        var name = Path.Combine(_folder.FullName, "ein böser Absturz – журнал.log");
        File.Copy(Log, name);
        var start = PanicleProcess.Start(PanicleProcess.Program, ["report", "--json", name]);
        start.Environment["LC_ALL"] = "C";
        var ran = PanicleProcess.Finish(start);
        Assert.Equal(0, ran.ExitCode);
        Assert.Contains(name, ran.Json.GetProperty("arguments").EnumerateArray()
            .Select(argument => argument.GetString()));
    }

    // A script of bash's, whose $0 is the program.
    private static Ran Shell(string script) =>
        PanicleProcess.Finish(PanicleProcess.Start("bash", ["-c", script, PanicleProcess.Program]));
}
