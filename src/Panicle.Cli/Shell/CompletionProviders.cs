namespace Panicle.Cli;

/// <summary>Names from the open dump, for completion.</summary>
internal static class CompletionProviders
{
    /// <summary>The providers, by what they provide.</summary>
    public static IReadOnlyDictionary<Completes, Func<string, IEnumerable<string>>> For(Session session) =>
        new Dictionary<Completes, Func<string, IEnumerable<string>>>();
}
