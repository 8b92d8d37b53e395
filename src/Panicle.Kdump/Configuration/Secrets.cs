namespace Panicle.Kdump.Configuration;

/// <summary>Keeps passwords out of what is shown.</summary>
internal static class Secrets
{
    private static readonly string[] Words = ["PASS", "SECRET", "TOKEN", "CREDENTIAL"];

    /// <summary>Whether a variable or a key of this name holds one.</summary>
    public static bool IsName(string name) => Words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>A text with "…" for the password in each <c>scheme://user:password@server</c>.</summary>
    public static string Hide(string text)
    {
        var from = 0;
        while (text.IndexOf("://", from, StringComparison.Ordinal) is >= 0 and var scheme)
        {
            var start = scheme + 3;
            var end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
                end++;
            // One that isn't escaped may hold a '/' or an '@'.
            var at = text.LastIndexOf('@', end - 1, end - start);
            var colon = at < 0 ? -1 : text.IndexOf(':', start, at - start);
            if (colon >= 0)
            {
                text = $"{text[..(colon + 1)]}…{text[at..]}";
                end -= at - colon - 2;
            }
            from = Math.Max(end, start);
        }
        return text;
    }
}
