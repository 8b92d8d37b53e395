namespace Panicle.Kdump.Initramfs;

/// <summary>Patterns of module aliases: <c>*</c>, <c>?</c> and <c>[ab]</c>, as fnmatch(3) reads them.</summary>
internal static class Wildcards
{
    /// <summary>Whether a text is as the pattern says. Takes time linear in the pattern times the text at most.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="hasSets">Whether brackets are sets, and not letters as others.</param>
    public static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool hasSets = true)
    {
        var (p, t) = (0, 0);
        var (star, mark) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
                continue;
            }
            var next = p < pattern.Length ? MatchOne(pattern, p, text[t], hasSets) : -1;
            if (next >= 0)
            {
                p = next;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    // Where the pattern goes on if it takes the letter, else -1.
    private static int MatchOne(ReadOnlySpan<char> pattern, int at, char letter, bool hasSets)
    {
        if (pattern[at] != '[' || !hasSets)
            return pattern[at] == '?' || pattern[at] == letter ? at + 1 : -1;
        var end = pattern[at..].IndexOf(']');
        if (end < 0)
            return letter == '[' ? at + 1 : -1;
        var set = pattern.Slice(at + 1, end - 1);
        for (var i = 0; i < set.Length; i++)
        {
            var isRange = i + 2 < set.Length && set[i + 1] == '-';
            if (isRange ? letter >= set[i] && letter <= set[i + 2] : letter == set[i])
                return at + end + 1;
            i += isRange ? 2 : 0;
        }
        return -1;
    }
}
