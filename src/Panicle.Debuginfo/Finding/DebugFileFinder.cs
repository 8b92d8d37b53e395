using System.Collections.Concurrent;
using Panicle.Debuginfo.Store;
using Panicle.Symbols;

namespace Panicle.Debuginfo.Finding;

/// <summary>
/// Finds files: first those that a person named, then the stores, then what the distribution has installed, then debuginfod's
/// cache. A file that nobody named is taken only if its build ID is the right one, or nobody knows the right one.
/// </summary>
public sealed class DebugFileFinder : IDebugFileFinder
{
    private readonly DebugFileOptions _options;
    private readonly InstalledFiles _installed;
    private readonly List<BuildIdTree> _trees;
    private readonly Lazy<Dictionary<string, List<string>>> _given;
    private readonly ConcurrentDictionary<(KernelBinary Binary, bool WantsDebugInfo), Lazy<string?>> _found = [];
    private readonly ConcurrentDictionary<string, bool> _notes = [];

    /// <summary>Looks in the places that the options name.</summary>
    public DebugFileFinder(DebugFileOptions options)
    {
        _options = options;
        _installed = new InstalledFiles(options.System);
        _trees = [.. options.Stores.Append(Path.Combine(options.System, "usr/lib/debug")).Select(root => new BuildIdTree(root))];
        _given = new(() => NamedModules(options.Modules));
    }

    /// <summary>
    /// What a person should know: files passed over because they are of another build, and servers that could not be asked.
    /// </summary>
    public IReadOnlyCollection<string> Notes =>
        [.. _notes.Keys.Order(StringComparer.Ordinal), .. _options.Debuginfod?.Problems ?? []];

    /// <inheritdoc/>
    public string? FindDebugInfo(KernelBinary binary) => Find(binary, wantsDebugInfo: true);

    /// <inheritdoc/>
    public string? FindExecutable(KernelBinary binary) => Find(binary, wantsDebugInfo: false);

    /// <inheritdoc/>
    public string? FindSource(KernelBinary binary, string path) => SourceTree.Find(_options.Sources, path)
        ?? (binary.BuildId is { } id ? _options.Debuginfod?.FindSource(id, path) : null);

    private string? Find(KernelBinary binary, bool wantsDebugInfo)
    {
        try
        {
            return _found.GetOrAdd(
                (binary, wantsDebugInfo), key => new Lazy<string?>(() => Look(key.Binary, key.WantsDebugInfo))).Value;
        }
        catch (OperationCanceledException)
        {
            _found.TryRemove((binary, wantsDebugInfo), out _); // The next one to ask waits for it perhaps.
            throw;
        }
    }

    private string? Look(KernelBinary binary, bool wantsDebugInfo)
    {
        foreach (var path in Named(binary))
        {
            if (TakeNamed(path, binary, wantsDebugInfo) is { } found)
                return found;
        }
        foreach (var path in Places(binary, wantsDebugInfo))
        {
            if (Take(path, binary, wantsDebugInfo) is { } found)
                return Used(found, binary, wantsDebugInfo);
        }
        if (!BuildIdTree.IsBuildId(binary.BuildId))
            return null;
        return wantsDebugInfo
            ? _options.Debuginfod?.FindDebugInfo(binary.BuildId!)
            : _options.Debuginfod?.FindExecutable(binary.BuildId!);
    }

    // What a store has is compressed, and is cleaned by when it was last used.
    private string Used(string path, KernelBinary binary, bool wantsDebugInfo)
    {
        if (!_options.Stores.Any(store => path.StartsWith($"{store}/", StringComparison.Ordinal)))
            return path;
        SymbolStore.Touch(path);
        return PlainCopies.Of(path, binary.BuildId!, wantsDebugInfo ? "debuginfo" : "executable", _options.Cache);
    }

    // A file that a person named is either right or an error: to look elsewhere instead would hide the mistake.
    private string? TakeNamed(string path, KernelBinary binary, bool wantsDebugInfo)
    {
        if (ElfContents.TryRead(path) is not { } contents)
            return null;
        if (!_options.Force && IsOther(contents, binary))
            throw new BuildIdMismatchException(path, contents.BuildId!, binary);
        return Suits(contents, wantsDebugInfo) ? path : Linked(path, contents, wantsDebugInfo);
    }

    private string? Take(string path, KernelBinary binary, bool wantsDebugInfo)
    {
        if (!File.Exists(path))
            return null;
        var place = path;
        var contents = ElfContents.TryRead(path);
        if (contents is null && _options.Cache is { } cache && !IsUnpackedWithoutDwarf(cache, binary, wantsDebugInfo)
            && UnpackedFile.Of(path, cache) is { } unpacked)
            (place, contents) = unpacked;
        if (contents is null)
            return null;
        if (IsOther(contents, binary))
        {
            _notes.TryAdd(BuildIdMismatchException.Describe(path, contents.BuildId!, binary), true);
            return null;
        }
        return Suits(contents, wantsDebugInfo) ? place : Linked(path, contents, wantsDebugInfo);
    }

    // What distributions install compressed has no DWARF: to find that out once for each build is enough.
    private static bool IsUnpackedWithoutDwarf(string cache, KernelBinary binary, bool wantsDebugInfo) =>
        wantsDebugInfo && BuildIdTree.IsBuildId(binary.BuildId)
            && File.Exists(Path.Combine(cache, binary.BuildId!, "executable"));

    private static bool IsOther(ElfContents contents, KernelBinary binary) =>
        contents.BuildId is not null && binary.BuildId is not null && contents.BuildId != binary.BuildId;

    private static bool Suits(ElfContents contents, bool wantsDebugInfo) =>
        wantsDebugInfo ? contents.HasDebugInfo : contents.HasCode;

    // A stripped binary names the file with its DWARF; gdb looks for that beside it, in .debug, and under /usr/lib/debug.
    private string? Linked(string path, ElfContents contents, bool wantsDebugInfo)
    {
        if (!wantsDebugInfo || contents.Link is not { } link)
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] places =
        [
            folder,
            Path.Combine(folder, ".debug"),
            Path.Combine(_options.System, "usr/lib/debug", folder.TrimStart('/')),
        ];
        return places.Select(place => Path.Combine(place, link.Name))
            .FirstOrDefault(file =>
                File.Exists(file) && file != path && ElfContents.TryRead(file) is { HasDebugInfo: true } separate
                    && (separate.BuildId ?? contents.BuildId) == contents.BuildId && link.Matches(file));
    }

    private IEnumerable<string> Named(KernelBinary binary)
    {
        if (!binary.IsModule)
            return _options.Vmlinux is { } vmlinux ? [vmlinux] : [];
        return _given.Value.GetValueOrDefault(binary.Name.Replace('-', '_'), []);
    }

    // The cache comes before what must be unpacked into it.
    private IEnumerable<string> Places(KernelBinary binary, bool wantsDebugInfo)
    {
        if (BuildIdTree.IsBuildId(binary.BuildId))
        {
            foreach (var tree in _trees)
            {
                yield return wantsDebugInfo ? tree.DebugInfo(binary.BuildId!) : tree.Executable(binary.BuildId!);
                yield return wantsDebugInfo ? tree.Executable(binary.BuildId!) : tree.DebugInfo(binary.BuildId!);
            }
            if (_options.Cache is { } cache)
                yield return Path.Combine(cache, binary.BuildId!, wantsDebugInfo ? "debuginfo" : "executable");
        }
        if (binary.Release is not { } release)
            yield break;
        foreach (var path in binary.IsModule ? _installed.ModulesOf(release, binary.Name) : _installed.KernelsOf(release))
            yield return path;
        if (binary.IsModule || wantsDebugInfo)
            yield break;
        foreach (var path in _installed.ImagesOf(release))
            yield return path;
    }

    private static Dictionary<string, List<string>> NamedModules(IReadOnlyList<string> paths)
    {
        var files = paths.SelectMany(path => Directory.Exists(path) ? ModuleFiles.In(path).All : [path]);
        return files.Where(file => ModuleFiles.NameOf(file) is not null).GroupBy(file => ModuleFiles.NameOf(file)!)
            .ToDictionary(group => group.Key, group => group.ToList());
    }
}
