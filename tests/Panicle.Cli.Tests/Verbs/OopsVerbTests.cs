using System.Text.Json;

namespace Panicle.Cli.Tests.Verbs;

public sealed class OopsVerbTests : IDisposable
{
    // From "The Anatomy of a Linux Kernel Crash".
    private const string Article = """
        BUG: kernel NULL pointer dereference at 0000000000000000
        IP: [<ffffffffc0a12345>] faulty_driver_func+0x25/0x50 [bad_driver]
        PGD 8000000123456789 P4D 8000000123456789 PUD 8000000123456789 PMD 0000000000000000
        Oops: 0000 [#1] SMP PTI
        CPU: 2 PID: 1234 Comm: bad_process Tainted: G        W  OE     5.15.0-78-generic #85-Ubuntu
        Hardware name: Dell Inc. XPS 15 9570/0VYV0G, BIOS 1.23.0 05/20/2023
        Call Trace:
         faulty_driver_func+0x25/0x50 [bad_driver]
         some_parent_func+0x1a/0x30
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("[   12.345678] ")]
    [InlineData("<4>[   12.345678][ T1234] ")]
    [InlineData("Nov 24 17:38:08 host kernel: [   12.345678] ")]
    [InlineData("> ")]
    public void The_articles_oops_is_read_whatever_stands_before_its_lines(string prefix)
    {
        var text = string.Join('\n', Article.Split('\n').Select(line => prefix + line));
        var found = Assert.Single(Events(text));
        Assert.Equal("null-pointer-dereference", found.GetProperty("kind").GetString());
        Assert.Equal("faulty_driver_func", found.GetProperty("function").GetString());
    }

    [Fact]
    public void A_samples_own_log_gives_what_its_dump_gives()
    {
        using var dump = SampleDump.NullDeref();
        var found = Events(dump.Run("log").Output)[0];
        Assert.Equal("null-pointer-dereference", found.GetProperty("kind").GetString());
        Assert.Equal("crashme_inner", found.GetProperty("function").GetString());
    }

    [Fact]
    public void A_clean_log_has_no_event()
    {
        using var dump = SampleDump.NullDeref();
        var clean = string.Join('\n', dump.Run("log").Lines.TakeWhile(line => !line.Contains("BUG: ", StringComparison.Ordinal)));
        Assert.Empty(Events(clean));
    }

    [Fact]
    public void Any_bytes_are_a_text()
    {
        var random = new Random(3);
        for (var round = 0; round < 50; round++)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(Article);
            for (var i = 0; i < 40; i++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var path = Path.Combine(_folder.FullName, "garbled.log");
            File.WriteAllBytes(path, bytes[..random.Next(bytes.Length)]);
            Assert.DoesNotContain("bug in panicle", Run(path).Errors);
        }
    }

    private List<JsonElement> Events(string text)
    {
        var path = Path.Combine(_folder.FullName, "some.log");
        File.WriteAllText(path, text);
        return [.. Run(path).Json.GetProperty("events").EnumerateArray()];
    }

    private static Ran Run(string path) => CommandTest.RunVerb("oops", "--json", path);
}
