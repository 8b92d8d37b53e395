namespace Panicle.Lab;

/// <summary>Where the lab keeps what it downloads and makes.</summary>
public static class Cache
{
    /// <summary><c>$PANICLE_LAB_CACHE</c>, else <c>$XDG_CACHE_HOME/panicle/lab</c>, else <c>~/.cache/panicle/lab</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path inside the cache.</summary>
    public static string PathOf(params IEnumerable<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>
    /// Keeps other runs of the lab on this machine out until it is disposed of:
    /// they share one emulator's worth of CPUs, and the downloads.
    /// </summary>
    internal static FileStream Lock()
    {
        Directory.CreateDirectory(Root);
        var told = false;
        while (true)
        {
            try
            {
                return new FileStream(PathOf("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                if (!told)
                    Log.Line($"waiting for another run of the lab to finish ({PathOf("lock")})");
                told = true;
                Thread.Sleep(200);
            }
        }
    }

    /// <summary>
    /// Fills a new directory and gives it its name only once it is complete, so that a half-made one is never seen.
    /// </summary>
    internal static void Publish(string directory, Action<string> fill)
    {
        using var scratch = new Scratch();
        var made = scratch.PathOf("publish");
        Directory.CreateDirectory(made);
        fill(made);
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.Move(made, directory);
    }

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("PANICLE_LAB_CACHE") is { Length: > 0 } own)
            return Path.GetFullPath(own);
        var home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } value ? value : "/root";
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(home, ".cache");
        return Path.Combine(cache, "panicle", "lab");
    }
}

/// <summary>A directory inside the cache (the same file system, so that files can be moved out of it) that goes away.</summary>
internal sealed class Scratch : IDisposable
{
    public Scratch()
    {
        Directory.CreateDirectory(Cache.PathOf("scratch"));
        Root = Directory.CreateDirectory(Cache.PathOf("scratch", $"{Environment.ProcessId}-{Guid.NewGuid():N}"[..20])).FullName;
    }

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Dispose()
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }
}
