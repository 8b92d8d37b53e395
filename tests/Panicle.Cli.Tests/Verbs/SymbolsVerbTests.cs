using System.Diagnostics;

namespace Panicle.Cli.Tests.Verbs;

/// <summary>The verbs of the store, on small programs that gcc makes.</summary>
public sealed class SymbolsVerbTests : IDisposable
{
    private const string Old = "6.1.0-1-test";
    private const string New = "6.1.0-2-test";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public SymbolsVerbTests()
    {
        Compile($"usr/lib/debug/boot/vmlinux-{Old}", new string('a', 40));
        Compile($"usr/lib/debug/boot/vmlinux-{New}", new string('b', 40));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_added_is_listed_with_what_it_saved()
    {
        var ran = Run("symbols add", _folder.FullName, "--json");
        Assert.Equal(ExitCode.Done, ran.ExitCode);
        var added = ran.Result;
        Assert.Equal((2, 0), (added.GetProperty("debuginfo").GetInt32(), added.GetProperty("known").GetInt32()));
        Assert.InRange(added.GetProperty("stored").GetInt64(), 1, added.GetProperty("original").GetInt64());
        var kernels = Run("symbols list", "--json").Result.GetProperty("kernels");
        Assert.Equal([Old, New], kernels.EnumerateArray().Select(kernel => kernel.GetProperty("release").GetString()));
        Assert.Contains($"{new string('a', 40)}  debuginfo", Run("symbols list", "--files", Old).Output);
        Assert.DoesNotContain(New, Run("symbols list", "aaaa").Output);
    }

    [Fact]
    public void Cleaning_removes_what_was_not_used_and_says_so()
    {
        Run("symbols add", _folder.FullName);
        File.SetLastWriteTimeUtc(
            Path.Combine(Store, ".build-id/aa", new string('a', 38) + ".debug"), DateTime.UtcNow.AddDays(-40));
        Assert.Equal(ExitCode.Usage, Run("symbols gc").ExitCode);
        Assert.Contains("would be removed", Run("symbols gc", "--unused", "30", "--dry-run").Output);
        Assert.Contains("nothing was removed", Run("symbols gc", "--keep", "/dev/null").Errors);
        Assert.Equal(2, Run("symbols list", "--json").Result.GetProperty("kernels").GetArrayLength());
        Assert.Matches($"{Old} .* not used for 40 days", Run("symbols gc", "--unused", "30").Output);
        Assert.Equal(
            New, Run("symbols list", "--json").Result.GetProperty("kernels")[0].GetProperty("release").GetString());
    }

    [Fact]
    public void Cleaning_by_size_begins_with_what_was_used_longest_ago()
    {
        Run("symbols add", _folder.FullName);
        File.SetLastWriteTimeUtc(
            Path.Combine(Store, ".build-id/bb", new string('b', 38) + ".debug"), DateTime.UtcNow.AddDays(-1));
        var size = Run("symbols list", "--json").Result.GetProperty("kernels").EnumerateArray()
            .Sum(kernel => kernel.GetProperty("stored").GetInt64());
        Assert.Contains("0 kernels removed", Run("symbols gc", "--max-size", $"{size}").Output);
        Assert.Matches($"{New} .* takes more than {size - 1}", Run("symbols gc", "--max-size", $"{size - 1}").Output);
        Assert.Equal(
            Old, Run("symbols list", "--json").Result.GetProperty("kernels")[0].GetProperty("release").GetString());
    }

    [Fact]
    public void Cleaning_keeps_the_kernels_that_a_list_names()
    {
        Run("symbols add", _folder.FullName);
        var list = Path.Combine(_folder.FullName, "running");
        File.WriteAllText(list, $"{New}\n{New}\n");
        Assert.Equal(Old, Run("symbols gc", "--keep", list, "--json").Result.GetProperty("removed")[0]
            .GetProperty("release").GetString());
    }

    [Fact]
    public void What_is_in_the_store_is_fetched_plain_and_what_is_nowhere_is_said()
    {
        Run("symbols add", _folder.FullName);
        var plain = Path.Combine(_folder.FullName, "plain");
        Assert.Equal(ExitCode.Done, Run("symbols fetch", new string('a', 40), "--output", plain).ExitCode);
        Assert.True(File.ReadAllBytes(plain).AsSpan().IndexOf("answer.c"u8) > 0);
        var missing = Run("symbols fetch", new string('c', 40));
        Assert.Equal(ExitCode.Finding, missing.ExitCode);
        Assert.Contains("found nowhere", missing.Output);
        Assert.Equal(ExitCode.Input, Run("symbols fetch", "6.1.0-3-test").ExitCode);
    }

    [Fact]
    public void Addresses_to_listen_on_are_checked() =>
        Assert.Equal(ExitCode.Usage, Run("symbols serve", "--listen", "somewhere").ExitCode);

    private string Store => Path.Combine(_folder.FullName, "store");

    private Ran Run(string verb, params string[] arguments) =>
        CommandTest.RunVerb([.. verb.Split(' '), .. arguments, "--store", Store]);

    private void Compile(string name, string buildId)
    {
        var source = Path.Combine(_folder.FullName, "answer.c");
        File.WriteAllText(source, "#include <stdlib.h>\n#include <pthread.h>\nint main(void) { return 42; }\n");
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var gcc = Process.Start(
            "gcc", ["-g", "-fno-eliminate-unused-debug-types", $"-Wl,--build-id=0x{buildId}", "-o", path, source]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }
}
