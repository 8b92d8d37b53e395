using System.IO.Compression;
using System.Text;
using Panicle.Dumps.Writing;
using Panicle.Formats.Archives;
using Panicle.Kdump.Capture;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// The capture kernel's initramfs: Panicle itself as <c>/init</c>, the modules that the target needs in the order of their
/// loading, and the configuration with everything in it resolved that only the running system knows.
/// </summary>
public sealed class CaptureInitramfs
{
    /// <summary>Where the configuration lies in it.</summary>
    public const string ConfigurationPath = "etc/panicle.conf";

    /// <summary>Where the modules lie in it, and the list of them in loading order.</summary>
    public const string ModuleDirectory = "lib/modules";

    /// <summary>The names of the modules in loading order, one a line.</summary>
    public const string ModuleOrder = "lib/modules/order";

    /// <summary>What modules are missing in it, one a line with what for; not there if none are.</summary>
    public const string ModulesMissing = "lib/modules/missing";

    private readonly SystemRoot _root;
    private readonly ModuleTree _tree;
    private readonly ModuleSelection _selection;
    private readonly List<InitramfsFile> _files = [];
    private readonly RemoteRequirements _remote;
    private EffectiveConfiguration _configuration;

    private CaptureInitramfs(SystemRoot root, string release, EffectiveConfiguration configuration)
    {
        (_root, _configuration) = (root, configuration);
        _tree = new ModuleTree(root, release);
        _selection = new ModuleSelection(_tree);
        _remote = new RemoteRequirements(root, _tree, _selection, _files, configuration);
    }

    /// <summary>Every file of it.</summary>
    public IReadOnlyList<InitramfsFile> Files => _files;

    /// <summary>Modules that would be needed and aren't there.</summary>
    public IReadOnlyList<string> Missing => _selection.Missing;

    /// <summary>The configuration inside it.</summary>
    public EffectiveConfiguration Configuration => _configuration;

    /// <summary>Works out what belongs into it.</summary>
    /// <param name="root">The system.</param>
    /// <param name="release">The capture kernel's release.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="program">The panicle that becomes <c>/init</c>: statically linked, or it brings its libraries.</param>
    /// <exception cref="InitramfsException">It can't be made.</exception>
    /// <exception cref="TargetException">The target can't be reached from a capture kernel.</exception>
    public static CaptureInitramfs Plan(SystemRoot root, string release, EffectiveConfiguration configuration, string program)
    {
        var plan = new CaptureInitramfs(root, release, configuration);
        var opened = RunTimeLibraries.Of(Enum.Parse<DumpCompression>(configuration["compress"], ignoreCase: true));
        plan.AddProgram("/init", program, SystemRoot.Live, "what captures", opened);
        plan.AddTarget("target", configuration.Target);
        if (configuration.Fallback is { } fallback)
            plan.AddTarget("fallback", fallback);
        foreach (var module in configuration.Modules)
            plan._selection.Add(module, "the configuration");
        if (configuration["final-action"] == "shell" || configuration["failure-action"] == "shell")
            plan.AddShell();
        plan.AddModules();
        plan.AddText(CaptureOrigin.Path, CaptureOrigin.Of(root).ToString(), "whose dumps may be removed");
        plan.AddText(ConfigurationPath, plan._configuration.Write(), "the configuration", isPrivate: true);
        return plan;
    }

    /// <summary>Writes it, packed with gzip, which every kernel that unpacks anything unpacks.</summary>
    public void Write(Stream output, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var packed = new GZipStream(output, level, leaveOpen: true);
        using var archive = new CpioWriter(packed);
        foreach (var directory in new[] { "dev", "proc", "sys", "mnt", "tmp", "etc", "run" })
            archive.AddDirectory(directory);
        archive.AddDevice("dev/console", 5, 1);
        archive.AddDevice("dev/null", 1, 3);
        foreach (var file in _files)
            archive.AddFile(file.Path, file.Content.Span, file.IsExecutable, file.IsPrivate);
    }

    private void AddShell()
    {
        var shell = FinalAction.Shells.FirstOrDefault(_root.HasFile)
            ?? throw new InitramfsException(
                $"an action is 'shell', and there is none of {string.Join(", ", FinalAction.Shells)} to put into the initramfs");
        AddProgram(shell, shell, _root, "the shell that the configuration wants", []);
    }

    private void AddTarget(string key, TargetAddress target)
    {
        if (target.IsRemote)
            _remote.Add(key, target, ref _configuration);
        else if (target.Kind == TargetKind.Raw)
            AddRaw(key, target);
        else
            AddLocal(key, target);
    }

    private void AddLocal(string key, TargetAddress target)
    {
        var local = LocalTarget.Resolve(_root, target);
        AddDevice(local.Device);
        // Asked for by name at mount time, so no module depends on it.
        _selection.AddIfThere("crypto-crc32c", $"{local.FileSystem} on {local.Device}");
        if (!_tree.IsFileSystemBuiltIn(local.FileSystem))
        {
            var driver = local.FileSystem is "ext2" or "ext3" && !_tree.Has(local.FileSystem) ? "ext4" : local.FileSystem;
            _selection.Add(driver, $"{local.FileSystem} on {local.Device}");
        }
        _configuration = _configuration.With(key, local.Address.ToString());
    }

    private void AddRaw(string key, TargetAddress target)
    {
        var raw = RawTarget.Resolve(_root, target);
        AddDevice(raw.Device);
        _configuration = _configuration.With(key, raw.Address.ToString());
    }

    private void AddDevice(string node)
    {
        var name = Path.GetFileName(node);
        StackedDevice.Refuse(_root, node);
        foreach (var module in DeviceDrivers.Of(_root, _tree, $"/sys/class/block/{name}"))
            _selection.Add(module, node);
        // A guest whose disk's driver is built into the running kernel needs them all the same.
        _selection.AddIfThere("virtio_blk", node);
        if (name.StartsWith("sd", StringComparison.Ordinal))
            _selection.Add("sd_mod", node);
    }

    private void AddModules()
    {
        foreach (var module in _selection.Modules)
            _files.Add(new InitramfsFile(
                $"{ModuleDirectory}/{module.Name}.ko", module.Content.Length, module.For)
            { Content = module.Content });
        AddText(ModuleOrder, string.Concat(_selection.Modules.Select(module => $"{module.Name}\n")), "the order of loading");
        if (Missing.Count > 0)
            AddText(
                ModulesMissing, string.Concat(Missing.Select(module => $"the module {module}\n")), "what a capture will lack");
    }

    private void AddText(string path, string text, string purpose, bool isPrivate = false)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _files.Add(new InitramfsFile(path, bytes.Length, purpose) { Content = bytes, IsPrivate = isPrivate });
    }

    private void AddProgram(
        string name, string program, SystemRoot root, string purpose, IEnumerable<(string Library, string For)> opened)
    {
        foreach (var (path, where, _) in ProgramFiles.Of(root, program, opened))
        {
            var content = File.ReadAllBytes(root.Real(path));
            var (place, why) = path == program ? (name, purpose) : (where, $"{name} needs it");
            if (_files.Exists(known => known.Path == place.TrimStart('/')))
                continue;
            _files.Add(new InitramfsFile(place.TrimStart('/'), content.Length, why)
            {
                Content = content,
                IsExecutable = true,
            });
        }
    }
}
