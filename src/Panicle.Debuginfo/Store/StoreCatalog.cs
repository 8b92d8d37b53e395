namespace Panicle.Debuginfo.Store;

/// <summary>
/// What is in the store, in a text file for each kernel: <c>catalog/RELEASE</c>.
/// It serves listing and cleaning; files are found without it.
/// </summary>
internal sealed class StoreCatalog(string root)
{
    /// <summary>The name under which files of no kernel are kept.</summary>
    public const string NoRelease = "other";

    private readonly string _folder = Path.Combine(root, "catalog");

    /// <summary>The kernels' releases, in order.</summary>
    public IReadOnlyList<string> Releases() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateFiles(_folder).Select(path => Path.GetFileName(path))
            .Where(name => !name.EndsWith(".new", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
        : [];

    public List<StoreEntry> Read(string release)
    {
        var path = PathOf(release);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(StoreEntry.Parse).OfType<StoreEntry>()] : [];
    }

    /// <summary>Replaces a kernel's list; an empty one is removed.</summary>
    public void Write(string release, IReadOnlyCollection<StoreEntry> entries)
    {
        var path = PathOf(release);
        if (entries.Count == 0)
        {
            File.Delete(path);
            return;
        }
        Directory.CreateDirectory(_folder);
        File.WriteAllLines($"{path}.new", entries.Select(entry => entry.Line).Order(StringComparer.Ordinal));
        File.Move($"{path}.new", path, overwrite: true);
    }

    // A release comes out of files, and becomes a name here.
    private string PathOf(string release) =>
        Path.Combine(
            _folder, new string([.. release.Take(128)
                .Select(letter => char.IsAsciiLetterOrDigit(letter) || "._+~-".Contains(letter) ? letter : '_')]).TrimStart('.'));
}
