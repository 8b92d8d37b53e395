using Panicle.Formats.Files;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Targets;
using Panicle.Kdump.Tests.Save;

namespace Panicle.Kdump.Tests;

public sealed class RetentionTests : IDisposable
{
    private static readonly DateTime Now = new(2026, 11, 21, 4, 0, 0, DateTimeKind.Utc);

    // Nine crashes of 10 bytes, one a day; a tenth, of today, is being saved.
    private static readonly OwnCrash[] Crashes =
        [.. Enumerable.Range(0, 9).Select(i => new OwnCrash($"{i}", $"/{i}", Now.AddDays(i - 9), 10, []))];

    private readonly SampleDump _sample = new();
    private readonly DirectoryInfo _target = Directory.CreateTempSubdirectory("panicle-test");
    private readonly List<string> _said = [];

    public void Dispose()
    {
        _sample.Dispose();
        _target.Delete(recursive: true);
    }

    private static string Expired(RetentionRule rule, ulong free = 1000, bool isSaved = true, DateTime? now = null) =>
        string.Concat(rule.Expired(Crashes, isSaved, now ?? Now, 1000, free).Select(crash => crash.Name));

    [Theory]
    [InlineData(null, null, null, "")]
    [InlineData(3, null, null, "0123456")]
    [InlineData(20, null, null, "")]
    [InlineData(null, 5, null, "0123")]
    [InlineData(8, 5, null, "0123")]
    public void The_oldest_go(int? most, int? days, int? free, string expired) =>
        Assert.Equal(expired, Expired(new RetentionRule(most, days, free)));

    [Fact]
    // 100 of 1000 bytes are to be free.
    public void As_many_go_as_make_enough_room() => Assert.Equal("012", Expired(new RetentionRule(null, null, 10), free: 71));

    [Fact]
    public void The_newest_stays_however_full_it_is()
    {
        Assert.Equal("012345678", Expired(new RetentionRule(1, 0, 99), free: 0));
        Assert.Equal("01234567", Expired(new RetentionRule(1, 0, 99), free: 0, isSaved: false));
    }

    /// <summary>By a clock that is wrong, a crash that was just saved would be the oldest of all.</summary>
    [Fact]
    public void The_crash_that_is_being_saved_stays_whatever_the_clock_says()
    {
        Crash("202611200101");
        Crash("202611210101");
        Crash("201001010001");
        Clean(new RetentionRule(2, null, null), "201001010001");
        Assert.Equal(["201001010001", "202611210101"], Left());
    }

    [Theory]
    [InlineData("2010-01-01", "2026-11-01", "the initramfs was made later")]
    [InlineData("2040-01-01", "2026-11-01", "the initramfs was made long before")]
    [InlineData("2026-11-02", "2026-11-01", "202611210101 was saved later")]
    [InlineData("2026-12-24", null, "nothing tells when the initramfs was made")]
    [InlineData("2026-12-24", "2026-11-01", null)]
    public void No_day_is_counted_by_a_clock_that_may_be_wrong(string now, string? made, string? why)
    {
        Crash("202610200101");
        Crash("202611210101");
        var clock = new CaptureClock(Time(now)!.Value, Time(made));
        Clean(new RetentionRule(null, 40, null), "202611210102", clock);
        Assert.Equal(why is null ? ["202611210101"] : ["202610200101", "202611210101"], Left());
        Assert.Equal(why is not null, _said.Exists(line =>
            line.StartsWith("keep-days removes nothing", StringComparison.Ordinal)
                && line.Contains(why!, StringComparison.Ordinal)));

        static DateTime? Time(string? text) => text is null ? null : DateTime.Parse($"{text}T00:00:00Z").ToUniversalTime();
    }

    /// <summary>What an administrator has put there, other machines' dumps, what isn't whole.</summary>
    [Fact]
    public void Only_what_is_certainly_ours_goes()
    {
        Crash("202611010101");
        File.WriteAllText(At("202611010101", "notes.txt"), "mine");
        Crash("202611020101");
        Directory.CreateDirectory(At("202611020101", "analysis"));
        Crash("202611030101", host: "another");
        Directory.CreateDirectory(At("log"));
        File.WriteAllText(At("log", "dmesg"), "x");
        Directory.CreateDirectory(At("case-4711"));
        File.WriteAllText(At("case-4711", "dmesg.txt"), "x");
        Directory.CreateDirectory(At("202611040101"));
        File.WriteAllText(At("202611040101", "dmesg.202611040101"), "nobody tells whose this is");
        Crash("202611050101");
        File.Move(At("202611050101", "dump.202611050101"), At("202611050101", "dump.202611050102"));
        Crash("202613010101");
        Crash("202611060101");
        File.SetUnixFileMode(At("202611060101"), (UnixFileMode)0x1ff);
        File.CreateSymbolicLink(At("202611070101"), At("202611030101"));
        Crash("202611080101");
        File.Delete(At("202611080101", "dmesg.202611080101"));
        File.CreateSymbolicLink(At("202611080101", "dmesg.202611080101"), "/dev/zero");
        Crash("202611090101");
        Crash("202611100101.2");
        string[] before = [.. Left()];
        Clean(new RetentionRule(1, null, null), "202611210101");
        Assert.Equal(before.Except(["202611090101", "202611100101.2"]), Left());
        Assert.Equal(8, _said.Count(line => line.Contains(" is kept: ", StringComparison.Ordinal)));
        Assert.Contains("202611030101 is kept: it is of another machine, another", _said);
        Assert.Contains("202611010101 is kept: notes.txt in it is no file of a capture's", _said);
    }

    /// <summary>Opening a pipe that nobody writes to would wait for ever, and the machine with it.</summary>
    [Fact]
    public void A_pipe_holds_nothing_up()
    {
        Crash("202611010101");
        File.Delete(At("202611010101", "dump.202611010101"));
        using (var make = System.Diagnostics.Process.Start("mkfifo", [At("202611010101", "dump.202611010101")]))
            make.WaitForExit();
        Clean(new RetentionRule(1, null, null), "202611210101");
        Assert.Equal(["202611010101"], Left());
        Assert.Equal(["202611010101 is kept: dump.202611010101 in it is no plain file of root's"], _said);
        Assert.Equal("202611010101", Assert.Single(KeptCrashes.In(_target.FullName)).Name);
    }

    /// <summary>A dump that doesn't name its machine is known by what the capture said first.</summary>
    [Theory]
    [InlineData("panicle: [   0.01] capture of panicle-lab\npanicle: [   0.02] x\n", true)]
    [InlineData("panicle: [   0.01] capture of panicle-lab2\npanicle: [   0.02] x\n", false)]
    [InlineData("panicle: [   0.01] capture of panicle-lab", false)]
    [InlineData("capture of panicle-lab\n", false)]
    public void A_capture_says_whose_it_is(string log, bool goes)
    {
        Directory.CreateDirectory(At("202611010101"));
        File.WriteAllText(At("202611010101", "dump-incomplete"), "ELF or what else");
        File.WriteAllText(At("202611010101", "capture.202611010101"), log);
        Clean(new RetentionRule(1, null, null), "202611210101");
        Assert.Equal(goes ? [] : ["202611010101"], Left());
    }

    [Theory]
    [InlineData("rhel", "192.0.2.7-2026-11-21-04:12:33", true)]
    [InlineData("rhel", "192.0.2.7-2026-11-21-04:12:33.2", true)]
    [InlineData("rhel", "2001:db8::5-2026-11-21-04:12:33", true)]
    [InlineData("rhel", "192.0.2.7-2026-11-31-04:12:33", false)]
    [InlineData("rhel", "2026-11-21-04:12:33", false)]
    [InlineData("rhel", "202611210412", false)]
    [InlineData("debian", "202611210412", true)]
    [InlineData("debian", "202611210412.13", true)]
    [InlineData("debian", "2026112104123", false)]
    [InlineData("debian", "x202611210412", false)]
    [InlineData("debian", "202611210412.old", false)]
    [InlineData("debian", "192.0.2.7-2026-11-21-04:12:33", false)]
    public void A_name_is_one_of_the_layout_or_it_is_none(string layout, string name, bool isOne) =>
        Assert.Equal(isOne, CrashLayout.StampOf(layout, name) is not null);

    /// <summary>A retry goes on in the directory of its own crash, not in that of another one of the same minute.</summary>
    [Fact]
    public void A_retry_goes_on_in_its_own_directory()
    {
        CrashNames Names() => CrashNames.Debian(Now);
        using var one = new DirectorySink(_target.FullName, Names(), "t");
        var names = Names();
        using var two = new DirectorySink(_target.FullName, names, "t");
        using var again = new DirectorySink(_target.FullName, names, "t", isAgain: true);
        Assert.Equal(("202611210400", "202611210400.2", "202611210400.2"), (one.Name, two.Name, again.Name));
    }

    [Fact]
    public void A_directory_that_cant_be_read_isnt_empty()
    {
        File.WriteAllText(At("file"), "");
        Assert.ThrowsAny<IOException>(() => KeptCrashes.In(At("file")));
        Assert.Empty(KeptCrashes.In(At("nowhere")));
        Assert.Null(KeptCrashes.Newest(_target.FullName));
    }

    private void Clean(RetentionRule rule, string current, CaptureClock? clock = null)
    {
        var owner = FileStatus.Of(_target.FullName)!.Owner;
        RetentionCleaner.Clean(_target.FullName, rule, new OwnCrashes("debian", "panicle-lab", owner), current, isSaved: true,
            clock ?? new CaptureClock(Now, null), _said.Add);
    }

    private IEnumerable<string> Left() =>
        _target.GetFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal);

    private string At(params string[] path) => Path.Combine([_target.FullName, .. path]);

    private void Crash(string name, string host = "panicle-lab")
    {
        Directory.CreateDirectory(At(name), (UnixFileMode)0x1c0);
        var stamp = name.Split('.')[0];
        using (var file = File.Create(At(name, $"dump.{stamp}")))
        {
            using var sample = File.OpenRead(_sample.Path);
            var start = new byte[200_000];
            sample.ReadExactly(start);
            start.AsSpan(12 + 65, 65).Clear();
            System.Text.Encoding.ASCII.GetBytes(host).CopyTo(start, 12 + 65);
            file.Write(start);
        }
        File.WriteAllText(At(name, $"dmesg.{stamp}"), "log");
    }
}
