namespace Panicle.Kdump.Configuration;

/// <summary>What somebody who misspelt a word meant.</summary>
internal static class Spelling
{
    private const int MostEdits = 2;

    /// <summary>"; did you mean X?", or "" if no word is near.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var (near, distance) = known.Select(candidate =>
            (candidate, Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= MostEdits && distance < near.Length ? $"; did you mean {near}?" : "";
    }

    // Damerau–Levenshtein, optimal string alignment: two letters swapped are one mistake.
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > MostEdits)
            return int.MaxValue;
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(
                        Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[a.Length, b.Length];
    }
}
