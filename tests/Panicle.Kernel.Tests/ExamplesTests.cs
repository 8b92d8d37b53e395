using System.Diagnostics;

namespace Panicle.Kernel.Tests;

/// <summary>The scripts in examples/ are compiled and run, and print what examples/README.md says that they do.</summary>
public class ExamplesTests
{
    private static readonly string Examples = Path.Combine(Samples.Repository, "examples");

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Examples, "*.cs").Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_prints_what_its_description_shows(string script)
    {
        var dump = Path.Combine(Samples.Repository, "samples/null-deref.vmcore");
        var start = new ProcessStartInfo(Path.Combine(Examples, script), [dump])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var stop = TestContext.Current.CancellationToken;
        var errors = process.StandardError.ReadToEndAsync(stop);
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, output + await errors);
        var description = await File.ReadAllTextAsync(Path.Combine(Examples, "README.md"), stop);
        Assert.Contains($"$ ./examples/{script} samples/null-deref.vmcore\n{output}```", description);
    }
}
