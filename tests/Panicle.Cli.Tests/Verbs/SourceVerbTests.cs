using System.Diagnostics;

namespace Panicle.Cli.Tests.Verbs;

/// <summary>addr2line, list and oops on a module that is compiled here: the article's <c>faulty_driver_func+0x25</c>.</summary>
public sealed class SourceVerbTests : IDisposable
{
    // Line numbers are asserted below.
    private const string Source = """
        struct device { long id; struct device *parent; };
        volatile int seen;
        static inline __attribute__((always_inline)) long id_of(struct device *device)
        {
            return device->parent->id;
        }
        __attribute__((noinline)) long faulty_driver_func(struct device *device)
        {
            for (int i = 0; i < 10; i++) {
                seen += i;
                seen ^= 3;
            }
            return id_of(device) + seen;
        }
        __attribute__((noinline)) long some_parent_func(struct device *device)
        {
            return faulty_driver_func(device) + 1;
        }
        long nested(const char *text) __asm__("_ZN3drv5queueIiE3addEPKc");
        long nested(const char *text) { return text[seen]; }
        long path(long number) __asm__("_RNvMNtC3drv5queueINtB2_5QueuelE3run");
        long path(long number) { return number + seen; }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");
    private readonly string _module;

    public SourceVerbTests()
    {
        _module = Path.Combine(_folder.FullName, "bad_driver.ko");
        File.WriteAllText(Path.Combine(_folder.FullName, "bad_driver.c"), Source);
        Tool("gcc", "-g", "-O1", "-c", "bad_driver.c", "-o", "bad_driver.ko");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("-f")]
    [InlineData("-a -f -i")]
    [InlineData("-p -f")]
    [InlineData("-pfiaC")]
    [InlineData("-s -i")]
    [InlineData("-f -j .text")]
    [InlineData("--functions --inlines --pretty-print --basenames --addresses")]
    public void Addr2line_prints_what_binutils_prints(string options)
    {
        string[] given =
        [
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "-e",
            _module,
            .. Enumerable.Range(0, 0x90).Select(offset => $"{offset:x}"),
            "0x10",
            "123456789",
        ];
        Assert.Equal(Tool("addr2line", given), Verb(["addr2line", .. given]));
    }

    // Names of which all letters are digits, and one that two files have.
    [Fact]
    public void Addr2line_finds_a_name_or_says_why_not()
    {
        const string One = """
            volatile int tide;
            __attribute__((noinline)) static long berth(long ship) { return ship * tide; }
            __attribute__((noinline)) long add(long ship) { return berth(ship) + tide; }
            """;
        const string Other = """
            extern volatile int tide;
            __attribute__((noinline)) static long berth(long ship) { tide++; tide ^= 3; return ship / tide; }
            __attribute__((noinline)) long decade(long ship) { return berth(ship) - tide; }
            """;
        File.WriteAllText(Path.Combine(_folder.FullName, "one.c"), One);
        File.WriteAllText(Path.Combine(_folder.FullName, "other.c"), Other);
        Tool("gcc", "-g", "-O1", "-c", "one.c");
        Tool("gcc", "-g", "-O1", "-c", "other.c");
        Tool("ld", "-r", "one.o", "other.o", "-o", "port.ko");
        var port = Path.Combine(_folder.FullName, "port.ko");

        string[] places = ["add+0x0", "decade", "add", "decade+0x0/0x40", "berth+0x1", "quay+0x4", "decade+0x4000", "add+zz"];
        var ran = CommandTest.RunVerb(["addr2line", "-s", "-f", "-e", port, .. places]);
        Assert.Equal(
            ["add", "one.c:3", "decade", "other.c:3", "add", "one.c:3", "decade", "other.c:3",
                .. Enumerable.Repeat((string[])["??", "??:0"], 4).SelectMany(lines => lines)], ran.Lines);
        Assert.Contains("2 functions are named berth; name the size too", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("no function is named quay", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("+0x4000 is beyond the end of decade", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("'add+zz' is neither an address nor FUNCTION+OFFSET", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("quay", CommandTest.RunVerb(["list", "quay+0x4", port]).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_from_a_trace_leads_to_the_line_and_the_source()
    {
        var faulting = Offset(line: 5);
        var text = Verb(
            "list", $"faulty_driver_func+0x{faulting:x}", _module, "--source", $"{_folder.FullName}={_folder.FullName}");
        Assert.Contains(
            "    id_of at bad_driver.c:5 (inlined)\n    faulty_driver_func at bad_driver.c:13\n", text, StringComparison.Ordinal);
        Assert.Contains("*  5     return device->parent->id;\n", text, StringComparison.Ordinal);
        var byAddress = Verb("list", $"{0xffffffffc0a10000 + (ulong)faulting:x}", _module, "--base", "0xffffffffc0a10000");
        Assert.Contains("    id_of at bad_driver.c:5 (inlined)\n", byAddress, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_frame_of_an_oops_has_its_line()
    {
        var faulting = Offset(line: 5);
        var log = Path.Combine(_folder.FullName, "oops.log");
        File.WriteAllText(log, $"""
            BUG: kernel NULL pointer dereference, address: 0000000000000000
            Oops: 0000 [#1] SMP PTI
            CPU: 2 PID: 1234 Comm: bad_process Tainted: G        W  OE     5.15.0-78-generic #85-Ubuntu
            RIP: 0010:faulty_driver_func+0x{faulting:x}/0x50 [bad_driver]
            Call Trace:
             some_parent_func+0x9/0x30 [bad_driver]
             device_probe+0xab/0x100

            """);
        var text = Verb("oops", log, "--modules", _folder.FullName);
        Assert.Contains($"faulty_driver_func+0x{faulting:x}/0x50 [bad_driver] (bad_driver.c:13)", text, StringComparison.Ordinal);
        Assert.Contains("some_parent_func+0x9/0x30 [bad_driver] bad_driver.c:17\n", text, StringComparison.Ordinal);
        Assert.Contains("  device_probe+0xab/0x100\n", text, StringComparison.Ordinal);
    }

    // The module is the test's own: where in the function a line's code is depends on the compiler.
    private int Offset(int line)
    {
        var lines = Tool("addr2line",
            ["-e", "bad_driver.ko", "-j", ".text", .. Enumerable.Range(0, 0x90).Select(offset => $"{offset:x}")]).Split('\n');
        return Array.FindIndex(lines, text => text.EndsWith($":{line}", StringComparison.Ordinal));
    }

    private static string Verb(params string[] words) => CommandTest.RunVerb(words).Output;

    private string Tool(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            program, arguments)
        { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
