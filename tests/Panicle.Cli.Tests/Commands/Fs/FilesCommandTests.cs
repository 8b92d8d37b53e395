using System.Text.Json;

namespace Panicle.Cli.Tests.Commands.Fs;

/// <summary>The facts are the guest's own /proc/PID/fd from just before the crash.</summary>
public sealed class FilesCommandTests
{
    private static readonly string[] Crowd =
    [
        "0 CHR /dev/null", "1 CHR /dev/console", "2 CHR /dev/console", "3 REG /mnt/mapped-file", "4 REG /mnt/plain-file",
        "5 REG /mnt/deleted-file (deleted)", "6 SOCK socket:[N]", "7 SOCK socket:[N]", "8 SOCK socket:[N]", "9 SOCK socket:[N]",
        "10 SOCK socket:[N]", "11 SOCK socket:[N]", "12 SOCK socket:[N]", "13 UNKN anon_inode:[timerfd]",
        "14 UNKN anon_inode:[eventpoll]", "15 UNKN anon_inode:[eventfd]", "16 UNKN anon_inode:[signalfd]",
        "17 UNKN anon_inode:inotify", "18 FIFO pipe:[N]", "19 FIFO pipe:[N]",
    ];

    public static TheoryData<string> Dumps => ["sysrq", "null-deref"];

    [Theory]
    [MemberData(nameof(Dumps))]
    public void Shows_every_kind_of_file_as_the_kernel_did(string name)
    {
        using var dump = Open(name);
        var files = FilesOf(dump, "foreach crowd files");
        Assert.Equal(Crowd, files.Select(file => System.Text.RegularExpressions.Regex.Replace(Spell(file), @"\[\d+\]", "[N]")));
        Assert.Equal(files[18].GetProperty("path").GetString(), files[19].GetProperty("path").GetString());
    }

    [Fact]
    public void Shows_the_current_task_as_crash_does()
    {
        using var dump = Open("sysrq");
        var lines = dump.Run("files").Lines;
        Assert.Matches("^PID: \\d+ +TASK: [0-9a-f]{16}  CPU: \\d +COMMAND: \"witness\"$", lines[0]);
        Assert.Equal("ROOT: /    CWD: /", lines[1]);
        Assert.Equal(" FD       FILE            DENTRY           INODE       TYPE PATH", lines[2]);
        Assert.Matches("^  0 [0-9a-f]{16} [0-9a-f]{16} [0-9a-f]{16} CHR  /dev/console$", lines[3]);
        Assert.EndsWith(" REG  /proc/sysrq-trigger", lines[^1]);
    }

    [Fact]
    public void Finds_who_uses_a_file()
    {
        using var dump = Open("null-deref");
        var output = dump.Run("foreach files -R /mnt/mapped-file$").Output;
        Assert.Contains("COMMAND: \"crowd\"", output);
        Assert.DoesNotContain("COMMAND: \"sh\"", output);
        var file = FilesOf(dump, "foreach crowd files -R 3")[0];
        var inode = file.GetProperty("inode").GetString()![2..];
        Assert.Contains($"{inode} REG  /mnt/mapped-file", dump.Run($"foreach crowd files -R {inode}").Output);
        var entry = dump.Run($"files -d {file.GetProperty("dentry").GetString()}").Lines[1];
        Assert.EndsWith(" REG  /mapped-file", entry);
        Assert.Contains(inode, entry);
    }

    [Fact]
    public void Shows_cached_pages()
    {
        using var dump = Open("null-deref");
        var lines = dump.Run("files -c 1").Lines;
        Assert.Equal(" FD      INODE          I_MAPPING     NRPAGES TYPE PATH", lines[2]);
    }

    [Fact]
    public void A_thread_of_the_kernel_has_no_files()
    {
        using var dump = Open("null-deref");
        Assert.Equal(["ROOT: /    CWD: /", "No open files"], dump.Run("files 2").Lines[1..]);
    }

    private static SampleDump Open(string name) => name == "sysrq" ? SampleDump.Sysrq() : SampleDump.NullDeref();

    private static List<JsonElement> FilesOf(SampleDump dump, string line) =>
    [
        .. dump.Run(line + " --json").Result.GetProperty("tasks")[0].GetProperty("result").GetProperty("tasks")[0]
            .GetProperty("files")
            .EnumerateArray(),
    ];

    private static string Spell(JsonElement file) =>
        $"{file.GetProperty("descriptor").GetInt32()} {file.GetProperty("type").GetString()} "
            + $"{file.GetProperty("path").GetString()}";
}
