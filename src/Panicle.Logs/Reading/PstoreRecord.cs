using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading;

/// <summary>
/// A piece of a log as pstore keeps it: <c>Panic#1 Part3</c>, then text. A back end that holds little cuts the log into parts and
/// writes the newest first, as part 1: the order of reading is by descending part.
/// </summary>
internal sealed partial record PstoreRecord(string Reason, int Count, int Part, string Text)
{
    // Parts are at most a few KiB each, and there are tens of them: what is larger is another kind of file.
    private const int MostBytes = 16 << 20;

    /// <summary>Whether a text begins as a record does.</summary>
    public static bool IsAt(ReadOnlySpan<char> head) => Header().IsMatch(head);

    /// <summary>
    /// The whole text of several records, in their right order; null where the text is too long to be of pstore.
    /// </summary>
    public static string? Join(IEnumerable<string> texts)
    {
        var records = new List<PstoreRecord>();
        long size = 0;
        foreach (var text in texts)
        {
            size += text.Length;
            if (size > MostBytes)
                return null;
            records.AddRange(Split(text));
        }
        return string.Concat(records.OrderBy(record => record.Count).ThenByDescending(record => record.Part)
            .Select(record => record.Text.EndsWith('\n') ? record.Text : record.Text + "\n"));
    }

    private static IEnumerable<PstoreRecord> Split(string text)
    {
        var headers = Header().Matches(text);
        for (var i = 0; i < headers.Count; i++)
        {
            var start = headers[i].Index + headers[i].Length;
            var end = i + 1 < headers.Count ? headers[i + 1].Index : text.Length;
            yield return new PstoreRecord(
                headers[i].Groups["r"].Value, Number(headers[i].Groups["n"]), Number(headers[i].Groups["p"]), text[start..end]);
        }
    }

    private static int Number(Group group) =>
        int.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"^(?<r>Panic|Oops|Emergency|Restart|Halt|Poweroff|Shutdown|Unknown)#(?<n>\d{1,9}) Part(?<p>\d{1,9})\s*$\n?",
        RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Header();
}
