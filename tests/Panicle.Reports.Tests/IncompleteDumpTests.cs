using Panicle.Kernel;

namespace Panicle.Reports.Tests;

/// <summary>The report on a dump whose end is missing, as a power cut leaves it.</summary>
public sealed class IncompleteDumpTests : IDisposable
{
    private readonly byte[] _whole = File.ReadAllBytes(SampleDumps.PathOf("null-deref.vmcore"));
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    /// <summary>What is lost isn't taken for a machine that was running.</summary>
    [Fact]
    public void Says_that_what_tells_of_the_crash_is_missing()
    {
        using var kernel = Cut(60);

        var report = Report(kernel);

        Assert.Equal("the dump is incomplete: what tells of the crash is missing from it", report.Title);
        Assert.Null(report.Response);
        Assert.True(report.Dump!.IsIncomplete);
    }

    /// <summary>What the dump lacks is neither an empty line nor silence.</summary>
    [Fact]
    public void What_is_missing_of_the_log_is_said_to_be()
    {
        using var whole = KernelDump.Open([SampleDumps.PathOf("null-deref.vmcore")]);
        var lines = whole.Log.Records.ToDictionary(record => record.Sequence, record => record.Text);
        var missing = 0;
        for (var percent = 90; percent < 100; percent++)
        {
            using var kernel = Cut(percent);
            Assert.NotEqual("the kernel died without a word", Report(kernel).Title);
            foreach (var record in kernel.Log.Records)
                if (record.Text != lines[record.Sequence])
                {
                    Assert.Equal("(this line is missing from the dump)", record.Text);
                    missing++;
                }
        }
        Assert.NotEqual(0, missing);
    }

    /// <summary>Names that can't be found for that aren't said to be where nobody looked.</summary>
    [Fact]
    public void Why_there_are_no_symbols_is_said()
    {
        using var kernel = Cut(60);
        var failure = Assert.Throws<KernelReadException>(() => kernel.SymbolAddress("panic"));
        Assert.Contains("is missing from the dump, which was cut short", failure.Message, StringComparison.Ordinal);
    }

    private static CrashReport Report(KernelDump kernel) =>
        CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);

    private KernelDump Cut(int percent)
    {
        File.WriteAllBytes(_path, _whole[..(_whole.Length / 100 * percent)]);
        return KernelDump.Open([_path]);
    }
}
