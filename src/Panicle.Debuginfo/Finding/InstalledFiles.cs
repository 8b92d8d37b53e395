namespace Panicle.Debuginfo.Finding;

/// <summary>
/// Where distributions install the files of a kernel, by its release. Debian and Ubuntu: <c>/usr/lib/debug/boot</c> and
/// <c>/usr/lib/debug/lib/modules/V</c>; Fedora: <c>/usr/lib/debug/lib/modules/V/vmlinux</c> and modules ending in
/// <c>.ko.debug</c>; SUSE: names ending in <c>.debug</c>; a kernel built here: <c>/lib/modules/V/build</c>.
/// </summary>
/// <param name="system">The system's root folder, <c>/</c>.</param>
internal sealed class InstalledFiles(string system)
{
    private static readonly string[] Kernels =
    [
        "usr/lib/debug/boot/vmlinux-V", "usr/lib/debug/lib/modules/V/vmlinux", "usr/lib/debug/usr/lib/modules/V/vmlinux",
        "usr/lib/debug/boot/vmlinux-V.debug", "usr/lib/debug/lib/modules/V/vmlinux.debug",
        "usr/lib/debug/usr/lib/modules/V/vmlinux.debug", "lib/modules/V/build/vmlinux", "lib/modules/V/vmlinux",
        "usr/lib/modules/V/vmlinux", "boot/vmlinux-V", "boot/vmlinux-V.gz", "boot/vmlinux-V.xz", "boot/vmlinux-V.zst",
    ];

    private static readonly string[] Images = ["boot/vmlinuz-V", "lib/modules/V/vmlinuz", "usr/lib/modules/V/vmlinuz"];

    private static readonly string[] ModuleFolders =
    [
        "usr/lib/debug/lib/modules/V", "usr/lib/debug/usr/lib/modules/V", "lib/modules/V", "usr/lib/modules/V",
        "lib/modules/V/build",
    ];

    private readonly Dictionary<string, ModuleFiles> _folders = [];

    /// <summary>Files that may be a release's vmlinux.</summary>
    public IEnumerable<string> KernelsOf(string release) => Existing(Kernels, release);

    /// <summary>Bootable images of a release: the code without DWARF, compressed.</summary>
    public IEnumerable<string> ImagesOf(string release) => Existing(Images, release);

    /// <summary>Files that may be a module of a release.</summary>
    public IEnumerable<string> ModulesOf(string release, string module) => Folders(release).SelectMany(files => files.Of(module));

    /// <summary>All module files of a release.</summary>
    public IEnumerable<string> AllModulesOf(string release) => Folders(release).SelectMany(files => files.All);

    // Each folder is read once, when it is first asked for.
    private IEnumerable<ModuleFiles> Folders(string release)
    {
        if (!IsRelease(release))
            yield break;
        foreach (var pattern in ModuleFolders)
        {
            var folder = Path.Combine(system, pattern.Replace("V", release, StringComparison.Ordinal));
            ModuleFiles? files;
            lock (_folders)
            {
                if (!_folders.TryGetValue(folder, out files))
                    _folders[folder] = files = ModuleFiles.In(folder);
            }
            yield return files;
        }
    }

    private IEnumerable<string> Existing(string[] patterns, string release) => IsRelease(release)
        ? patterns.Select(pattern => Path.Combine(system, pattern.Replace("V", release, StringComparison.Ordinal)))
        .Where(File.Exists)
        : [];

    // It comes out of a dump, and becomes a part of a path.
    private static bool IsRelease(string release) =>
        release.Length is > 0 and <= 128 && release[0] != '.' && !release.Contains('/', StringComparison.Ordinal);
}
