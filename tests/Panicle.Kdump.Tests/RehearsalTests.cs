using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Rehearsal;

namespace Panicle.Kdump.Tests;

/// <summary>What a rehearsal's end means, and what an initramfs must have in it. The capture tests run real ones.</summary>
public sealed class RehearsalTests
{
    [Theory]
    [InlineData(0, "rehearsal\na page was saved\n", "", true, "a page was saved")]
    [InlineData(1, "rehearsal\nzstd can't be used\n", "", false, "zstd can't be used")]
    [InlineData(1, "its /init can't be started: No such file or directory\n", "", false, "its /init can't be started")]
    [InlineData(127, "", "/init: error while loading shared libraries: libm.so.6\n", false, "libm.so.6")]
    [InlineData(134, "rehearsal\n", "Unhandled exception.\n", false, "Unhandled exception.")]
    [InlineData(139, "", "", false, "139")]
    [InlineData(3, "not tried: this system doesn't permit it\n", "", null, "not tried")]
    [InlineData(3, "rehearsal\na page was saved\nit lacks the module x\n", "", null, "it lacks the module x")]
    [InlineData(2, "", "panicle: there is no --rehearsal\n", null, "another version")]
    public void Only_a_rehearsal_that_came_to_its_end_is_good(int code, string output, string errors, bool? works, string found)
    {
        var result = CaptureRehearsal.Judge(code, output, errors);
        Assert.Equal(works, result.Works);
        Assert.Contains(found, result.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_program_opens_while_it_runs_comes_with_it_or_it_is_refused()
    {
        // This machine's own shell: a program with a loader, whatever the distribution.
        var program = File.Exists("/bin/dash") ? "/bin/dash" : "/bin/bash";
        var files = ProgramFiles.Of(SystemRoot.Live, program).Select(file => file.Path).ToList();
        Assert.Contains(files, path => Path.GetFileName(path).StartsWith("ld-", StringComparison.Ordinal));
        var libc = files.First(path => Path.GetFileName(path).StartsWith("libc.", StringComparison.Ordinal));
        Assert.Equal(files.Order(),
            ProgramFiles.Of(SystemRoot.Live, program, (Path.GetFileName(libc), "a test")).Select(file => file.Path).Order());
        Assert.Contains("a test needs libnosuch.so.1", Assert.Throws<InitramfsException>(() =>
            ProgramFiles.Of(SystemRoot.Live, program, ("libnosuch.so.1", "a test"))).Message, StringComparison.Ordinal);
    }
}
