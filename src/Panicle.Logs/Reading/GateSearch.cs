using System.Buffers;
using Panicle.Logs.Events;

namespace Panicle.Logs.Reading;

/// <summary>
/// Finds the next place in a text where a line may matter: a rule's word, or one that tells of the kernel. The vectorized search
/// is fast up to some tens of words and slow beyond, so the words go through it in groups, each of which keeps what it found.
/// </summary>
internal sealed class GateSearch
{
    private const int WordsPerSearch = 17;
    private const int WorthThreads = 64 << 10;
    private const int Unknown = -1;

    // A message that isn't UTF-8 stands in the journal's JSON as an array of numbers, in which no word can be seen.
    private static readonly string[] JournalBytes = ["\"MESSAGE\":[", "\"MESSAGE\" : ["];

    private static readonly SearchValues<string>[] Groups =
    [
        .. EventRules.Gates.Concat(["Linux version ", "cut here", " Live 0x", .. JournalBytes]).Order(StringComparer.Ordinal)
            .Chunk(WordsPerSearch)
            .Select(words => SearchValues.Create(words, StringComparison.Ordinal)),
    ];

    private readonly int[] _next = [.. Groups.Select(_ => Unknown)];

    /// <summary>Begins with another text, in which each group looks for its first place; the groups at the same time.</summary>
    public void Begin(ReadOnlyMemory<char> text, int start)
    {
        if (text.Length - start >= WorthThreads && Environment.ProcessorCount > 1)
            Parallel.For(0, Groups.Length, i => _next[i] = Find(i, text.Span, start));
        else
            Array.Fill(_next, Unknown);
    }

    /// <summary>The first place at or after a start, or the text's length where there is none.</summary>
    public int Next(ReadOnlySpan<char> text, int start)
    {
        var first = text.Length;
        for (var i = 0; i < Groups.Length; i++)
        {
            if (_next[i] < start)
                _next[i] = Find(i, text, start);
            first = Math.Min(first, _next[i]);
        }
        return first;
    }

    private static int Find(int group, ReadOnlySpan<char> text, int start) =>
        text[start..].IndexOfAny(Groups[group]) is >= 0 and var found ? start + found : int.MaxValue;
}
