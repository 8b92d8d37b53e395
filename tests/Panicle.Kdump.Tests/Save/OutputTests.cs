using Panicle.Dumps;
using Panicle.Formats.Files;
using Panicle.Kdump.Save;

namespace Panicle.Kdump.Tests.Save;

/// <summary>
/// Nothing is written over that isn't to be, by whatever name it is reached, and nobody else can read what is written.
/// </summary>
public sealed class OutputTests : IDisposable
{
    private readonly SampleDump _sample = new();

    public void Dispose() => _sample.Dispose();

    /// <summary>The name that a dump has until it is whole may be the input's.</summary>
    [Theory]
    [InlineData("dump.1-incomplete", "dump.1")]
    [InlineData("dump.1", "dump.1")]
    [InlineData("x.2", "x")]
    [InlineData("dmesg.1", "dump.1")]
    [InlineData("report.1", "dump.1")]
    [InlineData("y-dmesg.txt-incomplete", "y")]
    public void The_input_stays_under_every_name(string input, string output)
    {
        var copy = Copy(input);
        File.WriteAllText(_sample.New("dmesg.2"), "another's log");
        var split = output == "x" ? 3 : 1;
        foreach (var force in (bool[])[false, true])
        {
            var refusal = Assert.Throws<DumpException>(() => DumpSaver.Save([copy], _sample.New(output), Options(force, split)));
            Assert.Contains("is the input", refusal.Message, StringComparison.Ordinal);
        }
        AssertWhole(copy);
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(copy)!).Length);
    }

    [Fact]
    public void Links_dont_hide_the_input()
    {
        var input = Copy("in");
        File.CreateSymbolicLink(_sample.New("link"), input);
        using (var link = System.Diagnostics.Process.Start("ln", [input, _sample.New("hard")]))
            link.WaitForExit();
        Directory.CreateSymbolicLink(_sample.New("folder"), Path.GetDirectoryName(input)!);
        foreach (var name in (string[])["link", "hard", "folder/in"])
        {
            var refusal = Assert.Throws<DumpException>(() => DumpSaver.Save([input], _sample.New(name), Options(true)));
            Assert.Contains("is the input", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.New("link")], input, Options(true)));
        AssertWhole(input);
    }

    /// <summary>The log and the report of an earlier crash are as dear as its dump.</summary>
    [Theory]
    [InlineData("dmesg.1")]
    [InlineData("report.1")]
    [InlineData("dump.1-incomplete")]
    [InlineData("report.1-incomplete")]
    public void What_is_beside_the_dump_obeys_force_too(string there)
    {
        File.WriteAllText(_sample.New(there), "mine");
        var refusal = Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], _sample.New("dump.1"), Options(false)));
        Assert.StartsWith(
            $"{_sample.New(there)} is there already; --force overwrites it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_sample.New(there)));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_sample.New(there))!));
        DumpSaver.Save([_sample.Path], _sample.New("dump.1"), Options(true));
        Assert.False(File.Exists(_sample.New(there)) && File.ReadAllText(_sample.New(there)) == "mine");
    }

    /// <summary>A link that leads nowhere yet is no free name, and what it leads to isn't made.</summary>
    [Theory]
    [InlineData("out")]
    [InlineData("out-incomplete")]
    [InlineData("out-dmesg.txt-incomplete")]
    public void No_link_is_followed(string name)
    {
        var elsewhere = _sample.New("elsewhere");
        File.CreateSymbolicLink(_sample.New(name), elsewhere);
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], _sample.New("out"), Options(false)));
        DumpSaver.Save([_sample.Path], _sample.New("out"), Options(true));
        Assert.False(OutputFile.IsThere(elsewhere));
        using var saved = DumpReader.Open(_sample.New("out"));
        _sample.AssertSame(saved);
        Assert.Null(new FileInfo(_sample.New("out")).LinkTarget);
    }

    [Theory]
    [InlineData(SaveFormat.Kdump)]
    [InlineData(SaveFormat.Flattened)]
    [InlineData(SaveFormat.Elf)]
    public void Only_the_owner_can_read_what_is_written(SaveFormat format)
    {
        DumpSaver.Save([_sample.Path], _sample.New("dump.1"), Options(false) with { Format = format });
        foreach (var name in (string[])["dump.1", "dmesg.1", "report.1"])
            Assert.Equal(OutputFile.Private, File.GetUnixFileMode(_sample.New(name)));
    }

    [Theory]
    [InlineData("/dev/tty")]
    [InlineData("/dev/mem")]
    [InlineData("/dev/random")]
    public void What_is_no_disk_gets_no_dump(string device)
    {
        if (!File.Exists(device))
            device = "/dev/random";
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], device, Options(true)));
    }

    [Fact]
    public void A_pipe_is_not_waited_for()
    {
        using (var make = System.Diagnostics.Process.Start("mkfifo", [_sample.New("pipe")]))
            make.WaitForExit();
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], _sample.New("pipe"), Options(true)));
    }

    /// <summary>Whatever is thrown where the dump could do without, the dump is saved, and a note says it.</summary>
    [Theory]
    [InlineData("report")]
    [InlineData("say")]
    [InlineData("progress")]
    public void What_is_optional_never_costs_the_dump(string broken)
    {
        var output = _sample.New("out");
        var result = DumpSaver.Save([_sample.Path], output, new SaveOptions
        {
            Report = (_, writer) =>
            {
                writer.Write("half of it");
                Break(broken == "report");
            },
            Say = _ => Break(broken == "say"),
            Progress = _ => Break(broken == "progress"),
        });
        using var saved = DumpReader.Open(output);
        _sample.AssertSame(saved);
        Assert.NotNull(result.Log);
        Assert.Equal(broken == "report", result.Report is null);
        Assert.Equal(broken == "report", result.Notes.Any(note =>
            note.StartsWith("the report could not be written: this is a bug in panicle: ", StringComparison.Ordinal)));
        Assert.Equal(broken == "report", File.Exists(_sample.New("out-report.txt-incomplete")));

        static void Break(bool really)
        {
            if (really)
                throw new ArgumentOutOfRangeException(nameof(really));
        }
    }

    /// <summary>What an earlier attempt was lost over isn't tried again.</summary>
    [Fact]
    public void An_attempt_does_without_what_the_last_one_was_lost_over()
    {
        var entered = OptionalWork.None;
        var result = DumpSaver.Save([_sample.Path], _sample.New("out"), new SaveOptions
        {
            Without = OptionalWork.Report | OptionalWork.Filter | OptionalWork.Scrub,
            Level = 31,
            Scrub = true,
            Report = (_, _) => throw new InvalidOperationException(),
            Entering = work => entered |= work,
        });
        Assert.Equal(OptionalWork.Log, entered);
        Assert.Equal((null, 17997L), (result.Report, result.Pages));
        Assert.Contains(result.Notes, note => note.StartsWith("NOT SCRUBBED", StringComparison.Ordinal));
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], _sample.New("out2"), new SaveOptions
        {
            Without = OptionalWork.Scrub,
            Scrub = true,
            ScrubOrRefuse = true,
        }));
        Assert.False(File.Exists(_sample.New("out2")));
    }

    private static SaveOptions Options(bool force, int split = 1) =>
        new() { Force = force, Split = split, Report = (_, writer) => writer.Write("report") };

    private string Copy(string name)
    {
        var copy = _sample.New(name);
        File.Copy(_sample.Path, copy);
        return copy;
    }

    private void AssertWhole(string copy) =>
        Assert.True(File.ReadAllBytes(_sample.Path).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
}
