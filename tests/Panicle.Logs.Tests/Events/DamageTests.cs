using System.Text;

namespace Panicle.Logs.Tests.Events;

/// <summary>Nothing that a log holds may end the reading of it.</summary>
public class DamageTests
{
    private const int Rounds = 60;

    public static TheoryData<string> All => SampleLogs.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Any_bytes_are_a_text(string name)
    {
        var random = new Random(3);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = File.ReadAllBytes(SampleLogs.PathOf(name));
            for (var i = 0; i < bytes.Length / 50; i++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var log = SampleLogs.Read(new MemoryStream(bytes, 0, random.Next(bytes.Length)));
            Assert.All(log.Events, found => Assert.InRange(found.LastLine, found.FirstLine, log.Lines));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_text_cut_anywhere_after_its_headline_still_has_its_event(string name)
    {
        var lines = SampleLogs.Text(name).Split('\n');
        var whole = SampleLogs.First(string.Join('\n', lines));
        var headline = Array.FindIndex(lines, line => line.Contains(whole.Title, StringComparison.Ordinal));
        for (var count = headline + 1; count < lines.Length; count++)
            Assert.NotEmpty(SampleLogs.Read(string.Join('\n', lines.Take(count))).Events);
    }

    [Theory]
    [InlineData("(((((((((((((((((((((((((")]
    [InlineData("[<ffffffff81d90889>] ")]
    [InlineData("a.b$c from ")]
    [InlineData("> ")]
    [InlineData("<4>[    1.000000] ")]
    [InlineData("{\"MESSAGE\":[1,")]
    [InlineData("RIP: 0010:")]
    [InlineData("BUG: ")]
    public void A_line_made_to_be_slow_is_not(string piece)
    {
        var line = string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length));
        var text = $"BUG: kernel NULL pointer dereference, address: 0000000000000000\n{line}\n{line}x\n";
        Assert.NotEmpty(SampleLogs.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))).Events);
    }

    [Fact]
    public void Events_without_end_are_bounded()
    {
        var text = string.Concat(Enumerable.Range(0, 200_000)
            .Select(i => $"[{i,5}.000000] BUG: unable to handle page fault for address: ffff{i:x12}\n"));
        Assert.InRange(SampleLogs.Read(text).Events.Count, 1, 100_000);
    }
}
