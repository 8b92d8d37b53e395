using System.Collections.Concurrent;
using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The files in which a compiler left most of the debug information (<c>-gsplit-dwarf</c>: DWARF 5, 7.3.2, and GNU's form of it
/// before): one <c>.dwo</c> for each source file, or all of them in a package, <c>.dwp</c>. The file itself has the lines, the
/// addresses, and units that name the others. Thread-safe.
/// </summary>
internal sealed class SplitFiles(DwarfFile file) : IDisposable
{
    private const int SmallestFile = 64; // an ELF header
    private const string PackageSuffix = ".dwp";

    private readonly ConcurrentDictionary<int, Lazy<(DwarfUnit? Unit, DwarfException? Problem)>> _units = [];
    private readonly ConcurrentDictionary<string, Lazy<DwarfFile?>> _files = [];

    /// <summary>The unit that a skeleton stands for.</summary>
    /// <exception cref="DwarfException">It isn't found, or damaged.</exception>
    public DwarfUnit Of(DwarfUnit skeleton)
    {
        var (unit, problem) = _units.GetOrAdd(skeleton.Offset, _ => new(() => Find(skeleton))).Value;
        return unit ?? throw problem!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var split in _files.Values)
            if (split.IsValueCreated)
                split.Value?.Dispose();
    }

    private (DwarfUnit?, DwarfException?) Find(DwarfUnit skeleton)
    {
        try
        {
            var id = skeleton.Root.DwoId ?? skeleton.Signature;
            foreach (var candidate in Candidates(skeleton))
                if (_files.GetOrAdd(candidate, path => new(() => Open(path))).Value is { } split && UnitOf(split, id) is { } unit)
                    return (unit.SplitFrom(skeleton), null);
            var name = Encoding.UTF8.GetString(skeleton.Root.DwoName);
            throw new DwarfException(skeleton.Section.Name, skeleton.Offset,
                $"what is described here lies in {name} with the ID {id:x16}, which isn't there");
        }
        catch (DwarfException problem)
        {
            file.Note(problem.Message);
            return (null, problem);
        }
    }

    /// <summary>
    /// A package beside the file; then where the compiler put the unit's own file, and the places beside the file itself.
    /// </summary>
    private IEnumerable<string> Candidates(DwarfUnit skeleton)
    {
        var own = Path.GetFullPath(file.Path);
        yield return own + PackageSuffix;
        yield return Path.ChangeExtension(own, PackageSuffix);
        var name = Encoding.UTF8.GetString(skeleton.Root.DwoName);
        if (name.Length == 0)
            yield break;
        var folder = Path.GetDirectoryName(own) ?? "/";
        yield return Path.Combine(folder, Encoding.UTF8.GetString(skeleton.Root.Directory), name);
        yield return Path.Combine(folder, name);
        yield return Path.Combine(folder, Path.GetFileName(name));
    }

    private DwarfFile? Open(string path)
    {
        try
        {
            // The name is the debug information's: a device or pipe, which has no length, isn't opened.
            return new FileInfo(path) is { Exists: true, Length: >= SmallestFile }
                ? DwarfFile.TryOpenSplit(path, file.Limits)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static DwarfUnit? UnitOf(DwarfFile split, ulong id)
    {
        if (split.Package is { } package)
            return package.OffsetOf(id) is { } offset && split.UnitAt((ulong)offset) is { Problem: null } found
                && found.Offset == offset ? found : null;
        foreach (var unit in split.Units)
            if (unit.Problem is null && unit.Kind is DwarfUnitKind.SplitCompile or DwarfUnitKind.Compile
                && (unit.Version >= 5 ? unit.Signature : unit.Root.DwoId) == id)
                return unit;
        return null;
    }
}
