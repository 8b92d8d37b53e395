namespace Panicle;

/// <summary>
/// Select for the binaries that are compiled ahead of time. LINQ's own is a generic virtual method of its iterators, which makes the
/// compiler generate every pair of element types that could meet: more than half of the binary. Being in a namespace around all of
/// ours, these are found first.
/// </summary>
public static class CompactSelect
{
    /// <summary>What a function makes of each element.</summary>
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        foreach (var element in source)
            yield return selector(element);
    }

    /// <summary>What a function makes of each element and its index.</summary>
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)
    {
        var index = 0;
        foreach (var element in source)
            yield return selector(element, index++);
    }
}
