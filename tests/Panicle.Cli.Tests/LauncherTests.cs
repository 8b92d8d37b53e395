using System.Diagnostics;

namespace Panicle.Cli.Tests;

/// <summary>
/// The script <c>./panicle</c>, in a tree of its own with a <c>dotnet</c> that compiles nothing: what is called says which build
/// it is and what it was given.
/// </summary>
public sealed class LauncherTests : IDisposable
{
    private const string Dotnet = """
        #!/bin/sh
        echo "$1" >>"$ROOT/calls"
        case $* in
            build*) build=ordinary file=$ROOT/artifacts/quick/bin/Panicle.Cli/release/panicle ;;
            *PanicleStatic*) build=static ;;
            *) build=native ;;
        esac
        if [ "$build" != ordinary ]; then
            file=$ROOT/artifacts/$build/publish/Panicle.Cli/release_linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/panicle
            echo "$PPID $$" >"$ROOT/pids"
            while [ -e "$ROOT/wait" ]; do sleep 0.05 9>&-; done
            [ ! -e "$ROOT/fail" ] || exit 1
        fi
        mkdir -p "$(dirname "$file")"
        printf '#!/bin/sh\necho %s "$@"\n' "$build" >"$file"
        chmod +x "$file"
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("panicle-launcher");

    public LauncherTests()
    {
        File.Copy(Repository.Path("panicle"), PathOf("panicle"));
        Write("src/Panicle.Cli/Program.cs", "");
        Write("Directory.Build.props", "");
        Write("Directory.Packages.props", "");
        Write("bin/dotnet", Dotnet);
        File.SetUnixFileMode(PathOf("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose()
    {
        // What still compiles in the background must not write into a tree that is gone.
        File.Delete(PathOf("wait"));
        if (File.Exists(PathOf("pids")))
            WaitForTheBackground();
        _root.Delete(recursive: true);
    }

    [Fact]
    public void The_first_answer_is_the_ordinary_builds_and_later_ones_are_the_native_ones()
    {
        Write("wait", "");
        var first = Start("report", "a dump");
        Assert.Equal("ordinary report a dump\n", first.Output); // The background keeps no pipe open, or this would never end.
        Assert.Contains("the native one, which starts in milliseconds, is being compiled in the background", first.Errors);
        _ = Background; // has begun
        Assert.Equal(("ordinary again\n", ""), Start("again"));
        File.Delete(PathOf("wait"));
        WaitForTheBackground();
        Assert.Equal(("native later\n", ""), Start("later"));
        Assert.Equal(["build", "publish"], Calls);
    }

    [Fact]
    public void Several_starts_at_once_compile_once()
    {
        Write("wait", "");
        var outputs = Enumerable.Range(0, 6).AsParallel().WithDegreeOfParallelism(6).Select(_ => Start("x").Output).ToList();
        Assert.All(outputs, output => Assert.Equal("ordinary x\n", output));
        _ = Background; // has begun
        Assert.Equal(["build", "publish"], Calls);
    }

    [Fact]
    public void A_native_build_that_fails_is_told_and_not_tried_again_until_a_source_changes()
    {
        Write("fail", "");
        Start("x");
        WaitForTheBackground();
        var second = Start("x");
        Assert.Equal("ordinary x\n", second.Output);
        Assert.Contains("the native build failed (see artifacts/native/build.log)", second.Errors);
        Assert.Equal(["build", "publish"], Calls);

        File.Delete(PathOf("fail"));
        ChangeASource();
        Start("x");
        WaitForTheBackground();
        Assert.Equal(("native x\n", ""), Start("x"));
    }

    [Fact]
    public void Rebuilding_tries_again_what_failed()
    {
        Write("fail", "");
        Start("x");
        WaitForTheBackground();
        Assert.Contains("the native build failed", Start("--rebuild", "x").Errors);
        File.Delete(PathOf("fail"));
        Assert.Equal("native x\n", Start("--rebuild", "x").Output);
        Assert.Equal("native --version\n", Start("--rebuild").Output);
        Assert.Equal(["build", "publish", "publish", "publish", "publish"], Calls);
    }

    [Fact]
    public void A_background_that_was_killed_is_begun_again_but_not_for_ever()
    {
        Write("wait", "");
        for (var time = 0; time < 3; time++)
        {
            Assert.Contains("is being compiled in the background", Start("x").Errors);
            KillTheBackground();
        }
        Assert.Contains("was begun 3 times and never ended", Start("x").Errors);
        Assert.Equal(["build", "publish", "publish", "publish"], Calls);
    }

    [Fact]
    public void A_source_that_changes_while_it_is_compiled_is_compiled_again()
    {
        Write("wait", "");
        Start("x");
        _ = Background; // has begun
        ChangeASource();
        File.Delete(PathOf("wait"));
        WaitForTheBackground();
        Assert.Equal("ordinary x\n", Start("x").Output);
        WaitForTheBackground();
        Assert.Equal("native x\n", Start("x").Output);
        Assert.Equal(["build", "publish", "build", "publish"], Calls);
    }

    [Fact]
    public void Both_binaries_are_compiled_when_asked_for_once()
    {
        foreach (var build in (string[])["native", "static", "native", "static"])
            Assert.Equal($"{PathOf($"artifacts/{build}/panicle")}\n", Start($"--{build}").Output);
        Assert.Equal(["publish", "publish"], Calls);
        Assert.Equal("native x\n", Start("x").Output);
    }

    private string[] Calls => File.ReadAllLines(PathOf("calls"));

    private string PathOf(string name) => Path.Combine(_root.FullName, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    // Newer than whatever is being made, older than what is made from it.
    private void ChangeASource()
    {
        File.SetLastWriteTimeUtc(PathOf("src/Panicle.Cli/Program.cs"), DateTime.UtcNow);
        Thread.Sleep(20);
    }

    private (string Output, string Errors) Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "/bin/sh", [PathOf("panicle"), .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{PathOf("bin")}:{start.Environment["PATH"]}";
        start.Environment["ROOT"] = _root.FullName;
        start.Environment.Remove("PANICLE_JIT");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.True(Task.WaitAll([output, errors], Patience), "the output never ended");
        return (output.Result, errors.Result);
    }

    private int[] Background
    {
        get
        {
            SpinWait.SpinUntil(() => File.Exists(PathOf("pids")) && File.ReadAllText(PathOf("pids")).EndsWith('\n'), Patience);
            return [.. File.ReadAllText(PathOf("pids")).Split(' ').Select(int.Parse)];
        }
    }

    private void WaitForTheBackground()
    {
        foreach (var pid in Background)
            Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{pid}"), Patience), "the background never ended");
        File.Delete(PathOf("pids"));
    }

    private void KillTheBackground()
    {
        foreach (var pid in Background)
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit();
        }
        File.Delete(PathOf("pids"));
    }
}
