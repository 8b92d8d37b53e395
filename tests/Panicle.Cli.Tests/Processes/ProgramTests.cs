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
        Assert.Equal(["panicle.sys/3", "panicle.error/1", "panicle.mod/1"], lines.Select(line =>
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

    [Theory]
    [InlineData("""  "$0" DUMP -c sys --json >/dev/full 2>/dev/full  """, ExitCode.Input)]
    [InlineData("""  "$0" report 'no such file' --json >/dev/full 2>/dev/full  """, ExitCode.Input)]
    [InlineData("""  "$0" DUMP -c nope 2>/dev/full  """, ExitCode.Usage)]
    [InlineData("""  "$0" DUMP -c nope 2>&-  """, ExitCode.Usage)]
    [InlineData("""  "$0" DUMP -c sys >&-  """, ExitCode.Input)]
    [InlineData("""  "$0" save DUMP /dev/null --force --dump-only 2>/dev/full >&-; test $? -lt 4  """, ExitCode.Done)]
    [InlineData("""  "$0" save DUMP - >&-  """, ExitCode.Input)]
    [InlineData("""  "$0" DUMP <&-  """, ExitCode.Done)]
    [InlineData("""  "$0" report - <&-  """, ExitCode.Done)]
    [InlineData("""  "$0" DUMP -c sys <&- >&- 2>&-  """, ExitCode.Input)]
    [InlineData("""  "$0" DUMP </dev/null  """, ExitCode.Done)]
    [InlineData("""  "$0" DUMP </dev/urandom  """, ExitCode.Input)]
    [InlineData("""  "$0" DUMP -i /dev/zero  """, ExitCode.Input)]
    public void Descriptors_that_are_closed_full_or_endless_end_it_in_order(string line, int expected)
    {
        var ran = Shell(line.Replace("DUMP", $"'{Dump}'", StringComparison.Ordinal));
        Assert.Equal(expected, ran.ExitCode);
        Assert.DoesNotContain("nhandled", ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_is_read_from_any_pipe_once()
    {
        var expected = PanicleProcess.Run("oops", Log).Output;
        Assert.Equal(expected, Shell($""" cat '{Log}' | "$0" oops /dev/stdin """).Output);
        Assert.Equal(expected, Shell($""" "$0" oops <(cat '{Log}') """).Output);
        var title = Shell($""" "$0" report <(cat '{Log}') """).Lines[0];
        Assert.Contains("NULL pointer dereference", title, StringComparison.Ordinal);
        var fifo = Path.Combine(_folder.FullName, "fifo");
        Assert.Equal(title, Shell($""" mkfifo '{fifo}'; cat '{Log}' >'{fifo}' & "$0" report '{fifo}' """).Lines[0]);
        Assert.Contains(
            "null-pointer-dereference", Shell($""" "$0" signature <(cat '{Log}') """).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""  cat DUMP | "$0" report -  """, "save it to a file")]
    [InlineData("""  gzip -c DUMP | "$0" oops  """, "save it to a file")]
    [InlineData("""  "$0" oops DUMP  """, "panicle report explains it")]
    [InlineData("""  "$0" <(cat DUMP) -c sys  """, "save the dump to a file")]
    public void A_dump_is_no_log(string line, string advice)
    {
        var ran = Shell(line.Replace("DUMP", $"'{Dump}'", StringComparison.Ordinal));
        Assert.Equal((ExitCode.Input, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(advice, ran.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("report", "")]
    [InlineData("oops", "--html", "", "x")]
    [InlineData("save", "", "")]
    [InlineData("list", "")]
    [InlineData("DUMP", "-c", "rd ''")]
    [InlineData("DUMP", "-i", "")]
    public void An_empty_argument_is_the_callers_mistake(params string[] words)
    {
        var ran = PanicleProcess.Run(words.Select(word => word == "DUMP" ? Dump : word));
        Assert.Equal((ExitCode.Usage, ""), (ran.ExitCode, ran.Output));
        Assert.Contains("empty", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void No_program_of_the_current_directory_is_run()
    {
        foreach (var name in (string[])["curl", "xz", "zstd", "bzip2", "gzip", "less", "sh", "cat"])
        {
            var path = Path.Combine(_folder.FullName, name);
            File.WriteAllText(path, "#!/bin/sh\ntouch ran\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        File.WriteAllBytes(Path.Combine(_folder.FullName, "dmesg.xz"), [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]);
        Shell($"""
            cd '{_folder.FullName}'; export DEBUGINFOD_URLS=https://127.0.0.1:9/ HOME="$PWD" PATH=".::$PATH"
            "$0" oops dmesg.xz; "$0" report dmesg.xz; "$0" '{Dump}' -c 'bt -l' -c 'sys > out'
            """);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "ran")));
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "out")));
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
