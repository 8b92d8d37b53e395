using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;
using Panicle.Logs.Naming;

namespace Panicle.Truth.Tests;

/// <summary>
/// A log as a kernel without kallsyms prints it, which shows addresses only, gets its names from a file: the lab's own logs, with
/// each name replaced by its address, have the same functions again.
/// </summary>
public partial class OopsSymbolTests
{
    /// <summary>A crash in a module for each kernel.</summary>
    public static TheoryData<string> Dumps =>
        LabDump.Rows(cell => cell.Format.Name == "kdump-zstd" && cell.Scenario.Name is "null-deref" or "bug");

    /// <summary>From <c>/proc/kallsyms</c>, modules included.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Addresses_get_their_names_back(string name)
    {
        var dump = LabDump.Find(name);
        var kallsyms = dump.Truth.PathOf("proc/kallsyms");
        var addresses = File.ReadLines(kallsyms).Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .DistinctBy(words => words[2]).ToDictionary(words => words[2], words => Hex(words[0]));
        var log = string.Join('\n', dump.LastWords.Select(line => $"[{line.Seconds,12:0.000000}] {line.Text}"));
        var stripped = Place().Replace(log, match => addresses.TryGetValue(match.Groups["f"].Value, out var address)
            ? $"[<{address + Hex(match.Groups["o"].Value):x16}>]"
            : match.Value);

        using var symbols = new OopsSymbols(null, kallsyms, null, null);
        var (before, after) = (Functions(Read(log, null)), Functions(Read(stripped, symbols)));
        Assert.NotEmpty(before);
        Assert.Empty(Functions(Read(stripped, null)).Intersect(before));
        Assert.Equal(before, after);
    }

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static OopsEvent Read(string text, OopsSymbols? symbols) =>
        OopsReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), symbols).Events[0];

    private static List<string> Functions(OopsEvent found) =>
        [.. found.Traces[0].Frames.Where(frame => frame.IsReliable).Select(frame => $"{frame.Function ?? "?"} [{frame.Module}]")];

    [GeneratedRegex(@"(?<f>[A-Za-z_][\w.]*)\+0x(?<o>[0-9a-f]+)/0x[0-9a-f]+(?: \[\w+\])?")]
    private static partial Regex Place();
}
