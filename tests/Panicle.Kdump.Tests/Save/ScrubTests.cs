using System.Text;
using Panicle.Kdump.Save;
using Panicle.Kernel;

namespace Panicle.Kdump.Tests.Save;

/// <summary>Overwriting what nobody else should read. That secrets are gone, the truth tests see.</summary>
public class ScrubTests
{
    /// <summary>Only what is listed has changed, all of that to the filler, and the kernel can be read as before.</summary>
    [Theory, InlineData("null-deref"), InlineData("sysrq")]
    public void Only_what_is_listed_changes(string name)
    {
        using var sample = new SampleDump(name);
        var output = sample.New("dump");
        var result = DumpSaver.Save([sample.Path], output, new SaveOptions { Scrub = true, SideFiles = false });
        Assert.Contains(result.Notes, note => note.StartsWith("overwritten: context of ", StringComparison.Ordinal));
        using var before = KernelDump.Open([sample.Path]);
        using var after = KernelDump.Open([output]);
        Assert.True(after.Dump.Header.HasErasedData);
        var erased = new HashSet<ulong>();
        foreach (var line in EraseInfo(output))
        {
            var words = line.Split(' ');
            Assert.Equal((4, "erase"), (words.Length, words[0]));
            var address = Convert.ToUInt64(words[2], 16);
            for (ulong i = 0; i < ulong.Parse(words[3]); i++)
            {
                if (before.Memory.TryPhysical(address + i, out var physical))
                    erased.Add(physical);
            }
        }
        Assert.NotEmpty(erased);
        byte[] page = new byte[4096], scrubbed = new byte[4096];
        foreach (var range in before.Dump.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += 4096)
            {
                Assert.True(before.Dump.TryRead(at, page, out _) && after.Dump.TryRead(at, scrubbed, out _));
                for (var i = 0; i < page.Length; i++)
                {
                    if (erased.Contains(at + (ulong)i))
                        Assert.Equal((byte)'X', scrubbed[i]);
                    else if (page[i] != scrubbed[i])
                        Assert.Fail($"0x{at + (ulong)i:x} changed");
                }
            }
        }
        Assert.Equal(before.Tasks.All.Select(task => task.ToString()), after.Tasks.All.Select(task => task.ToString()));
        Assert.Equal(before.Log.Records.Count, after.Log.Records.Count);
    }

    private static string[] EraseInfo(string path)
    {
        using var file = new BinaryReader(File.OpenRead(path));
        file.BaseStream.Position = 4096 + 64; // offset_eraseinfo, size_eraseinfo
        var (offset, size) = (file.ReadInt64(), file.ReadInt64());
        file.BaseStream.Position = offset;
        return Encoding.UTF8.GetString(file.ReadBytes((int)size)).TrimEnd('\n').Split('\n');
    }
}
