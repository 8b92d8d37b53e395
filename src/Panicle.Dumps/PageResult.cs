namespace Panicle.Dumps;

/// <summary>How reading one page went: <see cref="PageState.Present"/>, or why it can't be had.</summary>
/// <param name="State">The page's state.</param>
/// <param name="Detail">More for a person where there is more to say, else null.</param>
internal readonly record struct PageResult(PageState State, string? Detail = null)
{
    /// <summary>The page was read.</summary>
    public static PageResult Present => new(PageState.Present);
}
