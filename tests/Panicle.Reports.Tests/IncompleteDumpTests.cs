using Panicle.Kernel;

namespace Panicle.Reports.Tests;

/// <summary>The report on a dump whose end is missing, as a power cut leaves it.</summary>
public class IncompleteDumpTests
{
    /// <summary>What is lost isn't taken for a machine that was running.</summary>
    [Fact]
    public void Says_that_what_tells_of_the_crash_is_missing()
    {
        var whole = File.ReadAllBytes(SampleDumps.PathOf("null-deref.vmcore"));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, whole[..(whole.Length * 6 / 10)]);
            using var kernel = KernelDump.Open([path]);

            var report = CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);

            Assert.Equal("the dump is incomplete: what tells of the crash is missing from it", report.Title);
            Assert.Null(report.Response);
            Assert.True(report.Dump!.IsIncomplete);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
