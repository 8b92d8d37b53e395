using System.Text;
using Panicle.Formats;
using Panicle.Formats.Elf;
using Panicle.Symbols.Dwarf;
using Panicle.Symbols.Elf;

namespace Panicle.Lab;

/// <summary>
/// In which source file each function of the lab's kernels is: what <c>panicle oops</c> tells a function's layer by.
/// </summary>
public sealed class FunctionSources
{
    // The directories at the top of the kernel's tree.
    private static readonly HashSet<string> Tops =
    [
        "arch", "block", "certs", "crypto", "drivers", "fs", "include", "init", "io_uring", "ipc", "kernel", "lib", "mm", "net",
        "rust", "samples", "security", "sound", "usr", "virt",
    ];

    /// <summary>A module that this many others need is an interface: what goes wrong in it, its callers may have done.</summary>
    private const int LeastUsers = 8;

    private readonly HashSet<(string Name, string Directory)> _inModules = [];
    private readonly SortedDictionary<string, HashSet<string>> _places = new(StringComparer.Ordinal);

    /// <summary>Names with the paths that they are in; a module's name in brackets has its directory.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Places => _places;

    /// <summary>Takes in what was found in modules' symbols; what is in a header, they only have copies of.</summary>
    public void AddModulesFound()
    {
        foreach (var (name, directory) in _inModules.Where(found => !IsInHeader(found.Name)))
            Add(name, directory);
    }

    /// <summary>Takes in the functions of a vmlinux with debug information: their source files.</summary>
    public void AddKernel(string vmlinux)
    {
        using var file = DwarfFile.TryOpen(vmlinux, Limits.Default, out var why) ?? throw new LabException($"{vmlinux}: {why}");
        foreach (var unit in file.Units)
            AddUnit(unit);
    }

    /// <summary>Takes in the modules that many others need: their functions are in their directory.</summary>
    /// <param name="modules">The <c>.ko</c> files.</param>
    /// <param name="directoryOf">A module's directory in the kernel's tree, by its file's name.</param>
    public void AddModules(IEnumerable<string> modules, IReadOnlyDictionary<string, string> directoryOf)
    {
        var found = modules.Select(path => (Path: path, Name: NameOf(path), Needs: NeedsOf(path))).ToList();
        var users = found.SelectMany(module => module.Needs).GroupBy(name => name)
            .ToDictionary(group => group.Key, group => group.Count());
        foreach (var (path, name, _) in found)
        {
            if (users.GetValueOrDefault(name) < LeastUsers || !directoryOf.TryGetValue(Path.GetFileName(path), out var directory))
                continue;
            Add($"[{name}]", directory);
            AddModule(path, name, directory);
        }
    }

    /// <summary>
    /// A path as the table has it: the file where one file of a directory is called by everybody and the next one isn't, else the
    /// directory. Null for what macros make of every tracepoint.
    /// </summary>
    public static string? Grouped(string path)
    {
        var directory = Path.GetExtension(path).Length == 0 ? path : Path.GetDirectoryName(path)!;
        if (directory.StartsWith("include/trace", StringComparison.Ordinal))
            return null;
        var parts = directory.Split('/');
        var isFine = directory is "net" or "net/core" or "fs" or "drivers/base" || parts[0] is "kernel" or "mm" or "lib"
            || (parts is ["arch", _, "kernel" or "mm", ..]);
        return isFine ? path : directory;
    }

    private bool IsInHeader(string name) => _places.TryGetValue(name, out var known)
        && known.Any(place => place.StartsWith("include/", StringComparison.Ordinal));

    private void AddModule(string path, string name, string directory)
    {
        using var elf = ElfFile.TryOpen(path, Limits.Default, out var why) ?? throw new LabException($"{path}: {why}");
        if (ElfSymbolTable.TryOpen(elf, 0, name, out _) is not { } symbols)
            return;
        foreach (var symbol in symbols.All().Where(symbol => symbol.IsText))
            _inModules.Add((symbol.Name.Split('.')[0], directory));
    }

    private void AddUnit(DwarfUnit unit)
    {
        var die = unit.Open();
        if (!die.Read())
            return;
        LineTable? lines = null;
        while (die.Read())
        {
            if (die.Tag == DwarfTag.Subprogram && (die.Has(DwarfAttribute.LowPc) || die.Has(DwarfAttribute.Ranges)
                || die.Has(DwarfAttribute.Inline)))
            {
                var name = Encoding.UTF8.GetString(DieNames.NameOf(die.Reference));
                lines ??= LineTable.Read(unit);
                if (lines?.PathOf((uint)DeclaredIn(die.Reference)) is { } path && InTree(path) is { } place)
                    Add(name, place);
            }
            die.SkipChildren();
        }
    }

    private static ulong DeclaredIn(DieReference reference)
    {
        for (var step = 0; step < 4; step++)
        {
            var die = reference.Open();
            if (die.Get(DwarfAttribute.DeclFile) is { Exists: true } file)
                return file.Raw;
            if (die.Get(DwarfAttribute.AbstractOrigin) is not { Exists: true } origin)
                break;
            reference = origin.Reference;
        }
        return 0;
    }

    private void Add(string name, string place)
    {
        var dot = name.IndexOf('.');
        if (dot > 0)
            name = name[..dot];
        if (name.Length == 0 || name.StartsWith("__pfx_", StringComparison.Ordinal)
            || name.StartsWith("__UNIQUE_", StringComparison.Ordinal) || name is "init_module" or "cleanup_module")
            return;
        if (!_places.TryGetValue(name, out var places))
            _places[name] = places = [];
        places.Add(place);
    }

    /// <summary>A path from the top of the kernel's tree; null where it isn't in it.</summary>
    private static string? InTree(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or ".."))
                parts.Add(part);
        }
        var top = parts.FindIndex(Tops.Contains);
        return top < 0 || top == parts.Count - 1 ? null : string.Join('/', parts.Skip(top));
    }

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path).Replace('-', '_');

    private static string[] NeedsOf(string path)
    {
        using var elf = ElfFile.TryOpen(path, Limits.Default, out _);
        if (elf?.Section(".modinfo") is not { } section || elf.Read(section) is not { } bytes)
            return [];
        return [.. Encoding.UTF8.GetString(bytes).Split('\0')
            .Where(entry => entry.StartsWith("depends=", StringComparison.Ordinal))
            .SelectMany(entry => entry["depends=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries))];
    }
}
