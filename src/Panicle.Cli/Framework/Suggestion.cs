namespace Panicle.Cli;

/// <summary>What somebody may have meant who mistyped a name.</summary>
internal static class Suggestion
{
    /// <summary>" (did you mean 'report'?)" for the nearest of the names, or nothing where none is near.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="names">The names that there are.</param>
    public static string For(string typed, IEnumerable<string> names) =>
        Nearest(typed, names) is { } name ? $" (did you mean '{name}'?)" : "";

    /// <summary>The name that differs by the fewest letters, if that isn't too many; null if none is near.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="names">The names that there are.</param>
    public static string? Nearest(string typed, IEnumerable<string> names)
    {
        // One letter of a short word makes it another; of a long one two may be wrong. What is longer than any name is none.
        const int LongestName = 40;
        var most = typed.Length switch { < 2 or > LongestName => 0, < 6 => 1, _ => 2 };
        return names.Select(name => (Name: name, Distance: Distance(typed, name)))
            .Where(one => one.Distance > 0 && one.Distance <= most).OrderBy(one => one.Distance)
            .Select(one => one.Name).FirstOrDefault();
    }

    // Letters missing, too many, wrong, or swapped with their neighbour.
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
            return int.MaxValue;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}
