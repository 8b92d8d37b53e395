namespace Panicle.Debuginfo.Finding;

/// <summary>Where stores and the shared cache lie.</summary>
public static class StorePlaces
{
    private const string SystemWide = "/var/lib/panicle/symbols";

    /// <summary>
    /// The store that <c>panicle symbols</c> works on: PANICLE_SYMBOLS, else root's is the machine's,
    /// and anyone else's their own.
    /// </summary>
    public static string Own => Variable("PANICLE_SYMBOLS") ?? (Environment.IsPrivilegedProcess ? SystemWide : OfUser());

    /// <summary>Every store that is looked into: one's own, and the machine's.</summary>
    public static IEnumerable<string> All() => new[] { Own, SystemWide }.Distinct();

    /// <summary>
    /// The cache of debuginfod's clients (debuginfod_find_debuginfo(3)): DEBUGINFOD_CACHE_PATH, else the old place in the home
    /// folder if it is there, else XDG_CACHE_HOME/debuginfod_client or ~/.cache/debuginfod_client; null without a home folder.
    /// </summary>
    public static string? Cache()
    {
        if (Variable("DEBUGINFOD_CACHE_PATH") is { } given)
            return given;
        var home = Variable("HOME");
        if (home is not null && Path.Combine(home, ".debuginfod_client_cache") is var old && Directory.Exists(old))
            return old;
        var caches = Variable("XDG_CACHE_HOME") ?? (home is null ? null : Path.Combine(home, ".cache"));
        return caches is null ? null : Path.Combine(caches, "debuginfod_client");
    }

    /// <summary>
    /// Where Panicle keeps indexes of debug information, which it can make again: PANICLE_CACHE, else XDG_CACHE_HOME/panicle or
    /// ~/.cache/panicle; null without a home folder.
    /// </summary>
    public static string? Indexes()
    {
        if (Variable("PANICLE_CACHE") is { } given)
            return given;
        var caches = Variable("XDG_CACHE_HOME") ?? (Variable("HOME") is { } home ? Path.Combine(home, ".cache") : null);
        return caches is null ? null : Path.Combine(caches, "panicle");
    }

    private static string OfUser()
    {
        var data = Variable("XDG_DATA_HOME") ?? (Variable("HOME") is { } home ? Path.Combine(home, ".local", "share") : null);
        return data is null ? SystemWide : Path.Combine(data, "panicle", "symbols");
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
