namespace Panicle.Debuginfo.Finding;

/// <summary>
/// The module files in a folder and its subfolders by the module's name: <c>snd-hda-intel.ko.debug</c> is <c>snd_hda_intel</c>.
/// </summary>
internal sealed class ModuleFiles
{
    private readonly Dictionary<string, List<string>> _files = [];

    private ModuleFiles()
    {
    }

    /// <summary>Reads the folder once; one that isn't there is empty.</summary>
    public static ModuleFiles In(string folder)
    {
        var files = new ModuleFiles();
        if (!Directory.Exists(folder))
            return files;
        // The build folder of a kernel leads back to itself through links.
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            MaxRecursionDepth = 32,
            AttributesToSkip = FileAttributes.ReparsePoint
        };
        foreach (var path in Directory.EnumerateFiles(folder, "*.ko*", options))
        {
            if (NameOf(path) is not { } name)
                continue;
            if (!files._files.TryGetValue(name, out var paths))
                files._files[name] = paths = [];
            paths.Add(path);
        }
        return files;
    }

    public IEnumerable<string> All => _files.Values.SelectMany(paths => paths);

    /// <summary>The files of a module.</summary>
    public IReadOnlyList<string> Of(string module) => _files.GetValueOrDefault(module.Replace('-', '_'), []);

    /// <summary>The module that a file's name stands for, or null if it is no module's.</summary>
    public static string? NameOf(string path)
    {
        var name = Path.GetFileName(path);
        var end = name.IndexOf(".ko", StringComparison.Ordinal);
        return end > 0 && name[(end + 3)..] is "" or ".debug" or ".xz" or ".zst" or ".gz" or ".debug.xz"
            ? name[..end].Replace('-', '_')
            : null;
    }
}
