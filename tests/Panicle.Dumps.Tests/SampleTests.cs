namespace Panicle.Dumps.Tests;

/// <summary>The repository's own dumps, each read from end to end.</summary>
public class SampleTests
{
    public static IEnumerable<TheoryDataRow<string>> Samples => Find().Select(static path => new TheoryDataRow<string>(path));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Samples))]
    public void Every_page_of_a_sample_decodes(string path)
    {
        using var dump = DumpReader.Open(path);
        Assert.Empty(dump.Problems);
        Assert.NotNull(dump.VmcoreInfo?.Release);
        Assert.False(dump.Header.IsIncomplete);
        var buffer = new byte[1 << 20];
        foreach (var range in dump.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += (ulong)buffer.Length)
                Assert.True(dump.TryRead(at, buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, range.End - at)),
                    out var fault), fault.ToString());
        }
    }

    private static string[] Find() =>
        TestData.SamplesDirectory() is { } directory && Directory.Exists(directory)
            ? Directory.GetFiles(directory, "*.vmcore")
            : [];
}
