using Panicle.Formats.Archives;

namespace Panicle.Formats.Tests.Archives;

/// <summary>The archives that an initramfs is, written and read.</summary>
public class CpioTests
{
    [Fact]
    public void Files_come_back_under_their_names()
    {
        var found = Read(writer =>
        {
            writer.AddFile("init", "#!"u8, isExecutable: true);
            writer.AddFile("etc/panicle/one", "1234"u8);
            writer.AddFile("etc/panicle/größe", "12345"u8, isPrivate: true);
            writer.AddLink("bin/sh", "/init");
            writer.AddDevice("dev/console", 5, 1);
        });
        Assert.Equal([("init", "#!"), ("etc/panicle/one", "1234"), ("etc/panicle/größe", "12345")], found);
    }

    [Fact]
    public void Directories_stand_before_what_is_in_them_and_once()
    {
        var text = System.Text.Encoding.Latin1.GetString(Write(writer =>
        {
            writer.AddFile("a/b/one", "1"u8);
            writer.AddFile("a/b/two", "2"u8);
            writer.AddDirectory("a/b");
        }));
        Assert.Equal(["a", "a/b", "a/b/one", "a/b/two"], Names(text));
        Assert.Equal(0, text.Length % 4);
    }

    [Fact]
    public void An_archive_that_breaks_off_is_an_error()
    {
        var whole = Write(writer => writer.AddFile("one", "1234"u8));
        const int Padding = 3; // Behind the last name, where nobody misses it.
        for (var length = 0; length < whole.Length - Padding; length++)
            Assert.ThrowsAny<IOException>(() => CpioArchive.Read(new MemoryStream(whole, 0, length)).ToList());
    }

    private static List<(string Name, string Text)> Read(Action<CpioWriter> write) =>
        [.. CpioArchive.Read(new MemoryStream(Write(write)))
            .Select(file => (file.Name, new StreamReader(file.Content).ReadToEnd()))];

    private static byte[] Write(Action<CpioWriter> write)
    {
        using var archive = new MemoryStream();
        using (var writer = new CpioWriter(archive))
            write(writer);
        return archive.ToArray();
    }

    // A header is 110 characters long, and nothing else in these archives is a long run of digits.
    private static IEnumerable<string> Names(string archive)
    {
        for (var at = archive.IndexOf("070701", StringComparison.Ordinal); at >= 0;
            at = archive.IndexOf("070701", at + 110, StringComparison.Ordinal))
        {
            var name = archive[(at + 110)..archive.IndexOf('\0', at)];
            if (name != "TRAILER!!!")
                yield return name;
        }
    }
}
