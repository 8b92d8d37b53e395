namespace Panicle;

/// <summary>
/// Select for the binaries that are compiled ahead of time. LINQ's own is a generic virtual method of its iterators, which makes the
/// compiler generate every pair of element types that could meet: half of the binary's code. Being in an enclosing namespace, these
/// are found first.
/// </summary>
internal static class CompactSelect
{
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        foreach (var element in source)
            yield return selector(element);
    }

    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)
    {
        var index = 0;
        foreach (var element in source)
            yield return selector(element, index++);
    }
}
