using System.Globalization;

namespace Panicle.Truth.Tests;

/// <summary><c>log</c> against the kernel's own <c>dmesg</c> and what it printed after that.</summary>
public class LogTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>The log begins with every line of the kernel's dmesg: level, time and text.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Begins_with_dmesg(string name)
    {
        var dump = LabDump.Find(name);
        var told = dump.Truth.Lines("dmesg");
        Assert.Equal(string.Join('\n', told), string.Join('\n', Lines(dump).Take(told.Length)));
    }

    /// <summary>
    /// What follows are the lines of the console, in order; only what the console leaves out (level 7) may be more.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Ends_with_the_consoles_lines(string name)
    {
        var dump = LabDump.Find(name);
        var told = dump.Truth.Lines("dmesg").Length;
        var rest = Lines(dump).Skip(told).Where(line => !line.StartsWith("<7>", StringComparison.Ordinal))
            .Select(line => line[3..]);
        var console = dump.Console.Lines.Select(line => $"[{line.Seconds,12:0.000000}] {line.Text}").ToList();
        if (!dump.Console.HasLastWords)
            rest = rest.Take(console.Count);
        Assert.Equal(string.Join('\n', console), string.Join('\n', rest));
    }

    // As syslog(2) has them: <level>[time] text, a record's further lines with the same beginning.
    private static IEnumerable<string> Lines(LabDump dump) =>
        from record in dump.Ask("log").GetProperty("records").EnumerateArray()
        let time = decimal.Truncate(record.GetProperty("seconds").GetDecimal() * 1_000_000) / 1_000_000
        let facility = record.GetProperty("facility").GetInt32()
        let level = (facility << 3) + record.GetProperty("level").GetInt32()
        from line in record.GetProperty("text").GetString()!.Split('\n')
        select string.Create(CultureInfo.InvariantCulture, $"<{level}>[{time,12:0.000000}] {line}");
}
