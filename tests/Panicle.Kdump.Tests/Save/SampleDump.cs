using Panicle.Dumps;

namespace Panicle.Kdump.Tests.Save;

/// <summary>A small real dump (samples/README.md), and room for what is made of it.</summary>
internal sealed class SampleDump : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public SampleDump(string name = "null-deref")
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = System.IO.Path.Combine(folder.FullName, "samples", $"{name}.vmcore");
            if (File.Exists(path))
                Path = path;
        }
        Dump = DumpReader.Open(Path!);
    }

    public string Path { get; } = "";

    public DumpFile Dump { get; }

    /// <summary>The path of a new file.</summary>
    public string New(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>Compares all memory: the same pages are there, with the same content.</summary>
    public void AssertSame(DumpFile other, Func<ulong, bool>? isMissing = null)
    {
        byte[] page = new byte[4096], saved = new byte[4096];
        for (ulong at = 0; at < Dump.Limit; at += 4096)
        {
            var expected = isMissing?.Invoke(at) == true ? PageState.BeyondEnd : Dump.StateOf(at);
            Assert.True(expected == other.StateOf(at), $"0x{at:x}: {expected} became {other.StateOf(at)}");
            if (expected != PageState.Present)
                continue;
            Assert.True(Dump.TryRead(at, page, out _));
            Assert.True(other.TryRead(at, saved, out var fault), fault.ToString());
            Assert.True(page.AsSpan().SequenceEqual(saved), $"page 0x{at:x} differs");
        }
    }

    public void Dispose()
    {
        Dump.Dispose();
        _folder.Delete(recursive: true);
    }
}
