using Panicle.Formats.Compression;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// The modules of one kernel release in a system: <c>/lib/modules/RELEASE</c>.
/// Names are told apart as the kernel does: "-" is "_".
/// </summary>
internal sealed class ModuleTree
{
    private static readonly string[] Tops = ["/lib/modules", "/usr/lib/modules"];
    private static readonly string[] Endings = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"];

    private readonly SystemRoot _root;
    private readonly bool _isRunning;
    private readonly Dictionary<string, string> _paths = [];
    private readonly HashSet<string> _builtIn = [];
    private readonly List<(string Pattern, string Module)> _aliases = [];

    /// <summary>Lists the module files of a kernel release, and what <c>modules.dep</c> says of them.</summary>
    public ModuleTree(SystemRoot root, string release)
    {
        _root = root;
        _isRunning = Machine.Read(root).Release == release;
        Directory = Tops.Select(top => $"{top}/{release}").FirstOrDefault(root.HasDirectory);
        if (Directory is null)
            return;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        foreach (var path in System.IO.Directory.EnumerateFiles(root.PathOf(Directory), "*.ko*", options))
        {
            if (NameOf(path) is { } name)
                _paths.TryAdd(name, path);
        }
        foreach (var line in root.ReadLines($"{Directory}/modules.builtin"))
            if (NameOf(line) is { } name)
                _builtIn.Add(name);
        foreach (var line in ReadAll(root.PathOf($"{Directory}/modules.alias")))
            if (line.Split(' ') is ["alias", var pattern, var module])
                _aliases.Add((pattern, module));
    }

    /// <summary>Where they lie, as the system names it, or null if the system has none of this release.</summary>
    public string? Directory { get; }

    /// <summary>Whether there is a file of this module.</summary>
    public bool Has(string name) => _paths.ContainsKey(Normalize(name));

    /// <summary>Whether it is part of the kernel's image.</summary>
    public bool IsBuiltIn(string name) => _builtIn.Contains(Normalize(name))
        || (_isRunning && !Has(name) && _root.HasDirectory(Shown(name)) && !_root.HasFile($"{Shown(name)}/initstate"));

    // Only what was loaded from a file has a state there.
    private static string Shown(string name) => $"/sys/module/{Normalize(name)}";

    /// <summary>Whether the kernel knows a type of file systems without any module.</summary>
    public bool IsFileSystemBuiltIn(string type) =>
        _builtIn.Contains(Normalize(type)) || (_isRunning && !Has(type)
            && _root.ReadLines("/proc/filesystems").Any(line => line.EndsWith($"\t{type}", StringComparison.Ordinal)));

    /// <summary>
    /// The modules that answer to an alias, such as a device's modalias, a file system's <c>fs-ext4</c>, or a module's own name.
    /// </summary>
    public IReadOnlyList<string> Answering(string alias)
    {
        if (Has(alias))
            return [Normalize(alias)];
        return [.. _aliases.Where(entry => Wildcards.Match(entry.Pattern, alias)).Select(entry => Normalize(entry.Module))
            .Distinct()];
    }

    /// <summary>A module's bytes, unpacked.</summary>
    /// <exception cref="IOException">It can't be read or unpacked.</exception>
    public byte[] Read(string name)
    {
        using var file = Packed.Open(File.OpenRead(_paths[Normalize(name)]));
        var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The name by which the kernel knows a module.</summary>
    internal static string Normalize(string name) => name.Replace('-', '_');

    private static string? NameOf(string path)
    {
        var file = Path.GetFileName(path);
        return Array.Find(Endings, ending => file.EndsWith(ending, StringComparison.Ordinal)) is { } ending
            ? Normalize(file[..^ending.Length])
            : null;
    }

    // Too long for SystemRoot's limit on some kernels.
    private static string[] ReadAll(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
