using Panicle.Logs.Signatures;

namespace Panicle.Logs.Tests.Signatures;

/// <summary>One crash has one signature, and another crash another.</summary>
public class SignatureTests
{
    // A dump that was asked for: all that the log knows of either is that someone pressed the key.
    private const string Requested = "sysrq";

    public static TheoryData<string> Scenarios => [.. SampleLogs.Names.Select(Scenario).Distinct()];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_kernel_gives_a_crash_the_same_signature(string scenario)
    {
        var ids = SampleLogs.Names.Where(name => Scenario(name) == scenario).Select(name => Of(SampleLogs.Text(name)).Id)
            .Distinct();
        Assert.Single(ids);
    }

    [Fact]
    public void No_two_crashes_share_a_signature()
    {
        var shared = SampleLogs.Names.Select(name => (Scenario: Scenario(name), Of(SampleLogs.Text(name)).Id)).Distinct()
            .GroupBy(row => row.Id, row => row.Scenario).Where(group => group.Count() > 1)
            .Select(group => string.Join(", ", group.Order(StringComparer.Ordinal)));
        Assert.Equal([$"abba-deadlock, {Requested}"], shared);
    }

    [Fact]
    public void Addresses_CPUs_processes_and_suffixes_make_no_difference()
    {
        var text = SampleLogs.Text("6.12-null-deref");
        var other = text.Replace("ffff", "fffe", StringComparison.Ordinal)
            .Replace("PID: ", "PID: 9", StringComparison.Ordinal).Replace("CPU: 0", "CPU: 63", StringComparison.Ordinal)
            .Replace("CPU: 1", "CPU: 63", StringComparison.Ordinal)
            .Replace("crashme_middle+0x", "crashme_middle.isra.0+0x1", StringComparison.Ordinal)
            .Replace("vfs_write+0x", "vfs_write.constprop.0+0x2", StringComparison.Ordinal);
        Assert.NotEqual(text, other);
        Assert.Equal(Of(text).Text, Of(other).Text);
    }

    [Fact]
    public void It_says_what_went_into_it()
    {
        var signature = Of(SampleLogs.Text("6.12-null-deref"));
        Assert.Equal(
            "null-pointer-dereference crashme: crashme_inner < crashme_middle < crashme_outer < "
                + "crashme_null_deref < crashme_write < full_proxy_write", signature.Text);
        Assert.Equal(16, signature.Id.Length);
        Assert.StartsWith("vfs_write: ", Assert.Single(signature.LeftOut), StringComparison.Ordinal);
    }

    /// <summary>Each build has its own hashes in Rust's names, of either form.</summary>
    [Fact]
    public void The_hashes_of_Rust_s_names_make_no_difference()
    {
        var text = SampleLogs.Text("6.12-null-deref");
        var (one, other) = (
            WithRust("Cs1aBcDeFgHiJ_", "17h05af221e174051e9E"), WithRust("CskLmNoPqRsTu_", "17h9afe21345bc07d68E"));
        Assert.NotEqual(one, other);
        Assert.Equal(Of(one).Id, Of(other).Id);
        Assert.StartsWith("null-pointer-dereference crashme: drv::queue::submit < drv::queue::run < crashme_outer", Of(one).Text,
            StringComparison.Ordinal);
        Assert.Equal("drv::queue::submit", SampleLogs.Read(one).Events[0].Function);

        string WithRust(string crate, string hash) => text
            .Replace("crashme_inner+0x", $"_RNvNt{crate}3drv5queue6submit+0x", StringComparison.Ordinal)
            .Replace("crashme_middle+0x", $"_ZN3drv5queue3run{hash}+0x", StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_a_crash_has_none() =>
        Assert.Null(CrashSignature.Of(SampleLogs.Read("[    0.000000] Linux version 6.12.0\n")));

    private static CrashSignature Of(string text) => CrashSignature.Of(SampleLogs.Read(text))!;

    private static string Scenario(string name) => name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
}
