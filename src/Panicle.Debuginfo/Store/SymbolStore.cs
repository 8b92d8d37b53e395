using Panicle.Debuginfo.Elf;
using Panicle.Debuginfo.Finding;
using Panicle.Dumps;

namespace Panicle.Debuginfo.Store;

/// <summary>
/// A folder with the symbols of many kernels. Its <c>.build-id</c> tree is laid out as that of distributions, so that other tools
/// can use it too: <c>.build-id/xx/yyyy.debug</c> is an ELF file with compressed debug sections, <c>.build-id/xx/yyyy</c> the
/// code of kernels and modules where the other has none. Each build is there once.
/// Safe for several processes: files appear whole or not at all.
/// </summary>
public sealed class SymbolStore
{
    private readonly BuildIdTree _tree;
    private readonly StoreCatalog _catalog;

    /// <summary>The store in a folder, which need not be there yet.</summary>
    public SymbolStore(string root)
    {
        Root = Path.GetFullPath(root);
        _tree = new BuildIdTree(Root);
        _catalog = new StoreCatalog(Root);
    }

    /// <summary>The folder with the store's objects and its catalogue.</summary>
    public string Root { get; }

    /// <summary>The kernels in the store.</summary>
    public IReadOnlyList<StoredKernel> Kernels() => [.. _catalog.Releases().Select(Kernel)];

    /// <summary>Adds files, packages, kernel images, and all of these in folders.</summary>
    /// <param name="paths">What to add.</param>
    /// <param name="say">Told what is being looked at.</param>
    /// <param name="cancellation">Stops it; what was added so far stays.</param>
    /// <exception cref="DumpException">The store can't be written, or a path isn't there.</exception>
    public AddResult Add(IReadOnlyList<string> paths, Action<string>? say = null, CancellationToken cancellation = default)
    {
        foreach (var path in paths)
        {
            if (!File.Exists(path) && !Directory.Exists(path))
                throw new DumpException($"there is no {path}");
        }
        if (paths.Count == 0)
            return new AddResult();
        using var lease = Lock();
        using var adding = new StoreAddition(this, say, cancellation);
        try
        {
            adding.Run(paths);
        }
        finally
        {
            Record(adding.Added);
        }
        return adding.Result;
    }

    /// <summary>Removes a kernel's files; returns the bytes that this gives back.</summary>
    public long Remove(StoredKernel kernel)
    {
        using var lease = Lock();
        // Modules of several kernels can be the same build.
        var elsewhere = _catalog.Releases().Where(release => release != kernel.Release).SelectMany(_catalog.Read)
            .Select(entry => (entry.BuildId, entry.Kind)).ToHashSet();
        long freed = 0;
        foreach (var entry in kernel.Entries.Where(entry => !elsewhere.Contains((entry.BuildId, entry.Kind))))
        {
            var path = PathOf(entry.BuildId, entry.Kind);
            File.Delete(path);
            freed += entry.Stored;
            if (Path.GetDirectoryName(path) is { } folder && Directory.Exists(folder)
                && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
        _catalog.Write(kernel.Release, []);
        return freed;
    }

    /// <summary>The file with a build's DWARF or, if there is none, null.</summary>
    public string? FindDebugInfo(string buildId) => Existing(_tree.DebugInfo(buildId));

    /// <summary>The file with a build's code, or null.</summary>
    public string? FindExecutable(string buildId) => Existing(_tree.Executable(buildId))
        ?? (Existing(_tree.DebugInfo(buildId)) is { } path && ElfContents.TryRead(path) is { HasCode: true } ? path : null);

    /// <summary>Remembers that a file was asked for: its modification time says when it was last used.</summary>
    public static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The store is someone else's: they know when it was used.
        }
    }

    internal string PathOf(string buildId, StoreKind kind) =>
        kind == StoreKind.Debuginfo ? _tree.DebugInfo(buildId) : _tree.Executable(buildId);

    /// <summary>
    /// Packs an ELF file into the store; the bytes it takes, or null if the store has as much of that build already.
    /// </summary>
    internal long? Put(string file, KernelFile what, StoreKind kind, string temporary)
    {
        var place = PathOf(what.Contents.BuildId!, kind);
        if (Has(place, what, kind))
            return null;
        long stored;
        using (var input = File.OpenHandle(file))
        using (var output = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            stored = ElfPacker.Pack(input, output);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(temporary, place, overwrite: true);
        return stored;
    }

    private bool Has(string place, KernelFile what, StoreKind kind)
    {
        if (kind == StoreKind.Executable && ElfContents.TryRead(_tree.DebugInfo(what.Contents.BuildId!)) is { HasCode: true })
            return true;
        if (!File.Exists(place) || ElfContents.TryRead(place) is not { } there)
            return false;
        return there.HasCode || !what.Contents.HasCode;
    }

    private StoredKernel Kernel(string release)
    {
        var entries = _catalog.Read(release);
        // Whoever uses a kernel asks for its vmlinux; of files without one, the newest counts.
        var own = entries.Where(entry => entry.Name == Symbols.KernelBinary.Vmlinux).DefaultIfEmpty(entries.FirstOrDefault())
            .OfType<StoreEntry>();
        var used = own.Select(entry => File.GetLastWriteTimeUtc(PathOf(entry.BuildId, entry.Kind)))
            .DefaultIfEmpty(DateTime.UnixEpoch).Max();
        return new StoredKernel(release, entries, new DateTimeOffset(used, TimeSpan.Zero));
    }

    private void Record(IEnumerable<(string Release, StoreEntry Entry)> added)
    {
        foreach (var group in added.GroupBy(item => item.Release))
        {
            var entries = _catalog.Read(group.Key).ToDictionary(entry => (entry.BuildId, entry.Kind));
            foreach (var (_, entry) in group)
            {
                // One that takes nothing was there before, perhaps for another kernel.
                if (entry.Stored > 0)
                    entries[(entry.BuildId, entry.Kind)] = entry;
                else
                    entries.TryAdd((entry.BuildId, entry.Kind), entry);
            }
            _catalog.Write(group.Key, entries.Values);
        }
    }

    private FileStream Lock()
    {
        try
        {
            Directory.CreateDirectory(Root);
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return new FileStream(
                        Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (IOException) when (attempt < 100)
                {
                    Thread.Sleep(100);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DumpException(
                $"the store {Root} can't be written: {e.Message}; --store DIR or PANICLE_SYMBOLS names another", e);
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
