namespace Panicle.Debuginfo.Finding;

/// <summary>Source files as DWARF names them, looked for in a tree that lies elsewhere than where the kernel was built.</summary>
public static class SourceTree
{
    private const int MostParts = 64;

    /// <summary>
    /// The file for a path such as <c>/build/linux-6.1/drivers/tty/sysrq.c</c> in one of the trees: the longest end of the path
    /// that is there. <c>OLD=NEW</c> instead of a tree says what a beginning of the path stands for. Null if it isn't there;
    /// nothing outside of the trees is ever returned.
    /// </summary>
    public static string? Find(IReadOnlyList<string> trees, string path)
    {
        foreach (var tree in trees)
        {
            var equals = tree.IndexOf('=', StringComparison.Ordinal);
            var found = equals > 0 ? Mapped(tree[..equals], tree[(equals + 1)..], path) : LongestEnd(tree, path);
            if (found is not null)
                return found;
        }
        return null;
    }

    private static string? Mapped(string prefix, string tree, string path) =>
        path.StartsWith(prefix, StringComparison.Ordinal) ? Inside(tree, path[prefix.Length..].TrimStart('/')) : null;

    private static string? LongestEnd(string tree, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > MostParts || parts.Contains(".."))
            parts = Normalized(parts);
        // A name without any folder would match another file of that name at the top of the tree.
        for (var first = 0; first < Math.Max(1, parts.Length - 1); first++)
        {
            if (Inside(tree, string.Join('/', parts[first..])) is { } found)
                return found;
        }
        return null;
    }

    private static string[] Normalized(string[] parts)
    {
        var kept = new List<string>();
        foreach (var part in parts.Take(MostParts))
        {
            if (part != "..")
                kept.Add(part);
            else if (kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
        }
        return [.. kept];
    }

    // Links may lead out of the tree: where the file really lies counts.
    private static string? Inside(string tree, string relative)
    {
        if (relative.Length == 0)
            return null;
        var root = Real(Path.GetFullPath(tree));
        var full = Path.GetFullPath(Path.Combine(root, relative));
        return IsBelow(root, full) && File.Exists(full) && IsBelow(root, Real(full)) ? full : null;
    }

    private static bool IsBelow(string root, string path) =>
        path.StartsWith(root.EndsWith('/') ? root : $"{root}/", StringComparison.Ordinal);

    /// <summary>The path without links in any of its parts.</summary>
    internal static string Real(string path)
    {
        const int MostLinks = 40;
        var pending = new Stack<string>(Enumerable.Reverse(path.Split('/', StringSplitOptions.RemoveEmptyEntries)));
        var real = "";
        for (var links = 0; pending.TryPop(out var part);)
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                real = real[..Math.Max(0, real.LastIndexOf('/'))];
                continue;
            }
            var next = $"{real}/{part}";
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MostLinks)
                throw new IOException($"{path}: too many links");
            if (target.StartsWith('/'))
                real = "";
            foreach (var step in Enumerable.Reverse(target.Split('/', StringSplitOptions.RemoveEmptyEntries)))
                pending.Push(step);
        }
        return real.Length == 0 ? "/" : real;
    }
}
