namespace Panicle.Lab;

/// <summary>One release of a kernel, unpacked: its image, its modules and the crash module built for it.</summary>
internal sealed class KernelFiles
{
    private static readonly TimeSpan ResolutionAge = TimeSpan.FromDays(7);
    private static readonly Lock BuildGate = new();
    private static readonly Dictionary<string, KernelFiles> Known = [];

    private readonly Lock _unpackGate = new();
    private readonly Kernel _kernel;

    private KernelFiles(Kernel kernel, string release, string version)
    {
        _kernel = kernel;
        Release = release;
        Version = version;
    }

    /// <summary>As <c>uname -r</c> prints it.</summary>
    public string Release { get; }

    /// <summary>The version of the package, which changes more often than the release.</summary>
    public string Version { get; }

    private string Root => Cache.PathOf("kernels", $"{_kernel.Name}-{Version}");

    /// <summary>The compressed image that a boot loader would load.</summary>
    public string Image => Path.Combine(Root, "vmlinuz");

    /// <summary>The directory with all of its modules.</summary>
    public string ModulesDirectory
    {
        get
        {
            Unpack();
            return Path.Combine(Root, "modules");
        }
    }

    /// <summary>
    /// The newest release that can be had. It is remembered for a week: asking apt each time would cost seconds, and
    /// with no network the last answer has to do.
    /// </summary>
    public static KernelFiles Of(Kernel kernel)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(kernel.Name, out var files))
                Known[kernel.Name] = files = Resolve(kernel);
            return files;
        }
    }

    /// <summary>The modules among these that this kernel has as files, with their paths, in the order given.</summary>
    public IEnumerable<(string Name, string Path)> ModulesNamed(IEnumerable<string> names)
    {
        Unpack();
        foreach (var name in names)
        {
            var path = Path.Combine(Root, "modules", $"{name}.ko");
            if (File.Exists(path))
                yield return (name, path);
        }
    }

    /// <summary>In which directory of the kernel's tree each module's source is, by the name of its file.</summary>
    public IReadOnlyDictionary<string, string> ModuleDirectories()
    {
        const string Top = "/kernel/";
        var packages = AptRoot.Open(_kernel.Suite).Download(_kernel.Packages(Release));
        var list = Shell.Script("for package in \"$@\"; do dpkg-deb --fsys-tarfile \"$package\" | tar -t; done", packages);
        var found = new Dictionary<string, string>();
        foreach (var line in list.Split('\n').Where(line => line.Contains(".ko", StringComparison.Ordinal)))
        {
            var start = line.IndexOf(Top, StringComparison.Ordinal) + Top.Length;
            var name = Path.GetFileName(line);
            if (start >= Top.Length)
                found[name[..(name.IndexOf(".ko", StringComparison.Ordinal) + 3)]] = Path.GetDirectoryName(line[start..])!;
        }
        return found;
    }

    /// <summary>The crash module, built if it isn't yet. Its debug information stays in it.</summary>
    public string CrashModule() => Module("crashme", GuestFiles.Read("crashme.c"), GuestFiles.Read("Kbuild"));

    /// <summary>A scenario's own module, built if it isn't yet.</summary>
    /// <param name="name">Its name, which its source in <c>scenarios/</c> has as well.</param>
    public string ScenarioModule(string name) => Module(name, GuestFiles.ReadScenario($"{name}.c"), $"obj-m := {name}.o\n");

    private string Module(string name, string source, string kbuild)
    {
        lock (BuildGate)
            return Build(name, source, kbuild);
    }

    private string Build(string name, string source, string kbuild)
    {
        var module = Path.Combine(Root, $"{name}-{Key.Of(source, kbuild)}.ko");
        if (File.Exists(module))
            return module;
        Unpack();
        Log.Line($"building {name}.ko for {Release}");
        var root = ToolRoot.Open(_kernel.Suite);
        root.Add($"linux-headers-{Release}");
        var directory = Directory.CreateDirectory(root.PathOf($"tmp/{name}")).FullName;
        File.WriteAllText(Path.Combine(directory, $"{name}.c"), source);
        File.WriteAllText(Path.Combine(directory, "Kbuild"), kbuild);
        root.RunInside("make", "-C", $"/usr/src/linux-headers-{Release}", $"M=/tmp/{name}", "modules");
        File.Move(Path.Combine(directory, $"{name}.ko"), module, overwrite: true);
        Directory.Delete(directory, recursive: true);
        return module;
    }

    /// <summary>Where the kernel with its debug information lies, once it was unpacked.</summary>
    public string Vmlinux => Path.Combine(Root, "vmlinux");

    /// <summary>The kernel with its debug information, for the tools that need it: the package <c>-dbg</c>, unpacked.</summary>
    public string VmlinuxWithDebugInfo()
    {
        if (File.Exists(Vmlinux))
            return Vmlinux;
        Unpack();
        var package = AptRoot.Open(_kernel.Suite).Download($"linux-image-{Release}-dbg")[0];
        Shell.Script("""
            dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards "./usr/lib/debug/*/vmlinux*" >"$2.part"
            [ -s "$2.part" ] && mv "$2.part" "$2"
            """, package, Vmlinux);
        return Vmlinux;
    }

    /// <summary>Whether it is known which release is the newest, so that asking for it needs no network.</summary>
    public static bool IsResolved(Kernel kernel) => File.Exists(RememberedPath(kernel));

    private static string RememberedPath(Kernel kernel) => Cache.PathOf("kernels", $"{kernel.Name}.release");

    private static KernelFiles Resolve(Kernel kernel)
    {
        var remembered = RememberedPath(kernel);
        var words = File.Exists(remembered) ? File.ReadAllText(remembered).Split(' ') : null;
        if (words is not null && DateTime.UtcNow - File.GetLastWriteTimeUtc(remembered) < ResolutionAge)
            return new KernelFiles(kernel, words[0], words[1]);
        try
        {
            var files = FindNewest(kernel);
            Directory.CreateDirectory(Path.GetDirectoryName(remembered)!);
            File.WriteAllText(remembered, $"{files.Release} {files.Version}");
            return files;
        }
        catch (LabException) when (words is not null)
        {
            return new KernelFiles(kernel, words[0], words[1]);
        }
    }

    private static KernelFiles FindNewest(Kernel kernel)
    {
        var apt = AptRoot.Open(kernel.Suite);
        var prefix = kernel.ImagePackage("");
        var releases = apt.Find($"^{prefix}{kernel.Release}$").Select(name => name[prefix.Length..]).Take(4);
        var release = releases.FirstOrDefault(release =>
            apt.CanDownload([.. kernel.Packages(release), $"linux-headers-{release}"]))
            ?? throw new LabException($"{kernel.Suite.Name} has no kernel {kernel.Release} that can be downloaded");
        return new KernelFiles(kernel, release, apt.VersionOf(kernel.ImagePackage(release)));
    }

    /// <summary>Image and modules, every module decompressed and in one directory: names are all the lab needs.</summary>
    private void Unpack()
    {
        lock (_unpackGate)
            UnpackOnce();
    }

    private void UnpackOnce()
    {
        if (Directory.Exists(Root))
            return;
        Log.Line($"unpacking Linux {Release} ({Version})");
        var packages = AptRoot.Open(_kernel.Suite).Download(_kernel.Packages(Release));
        var xz = string.Join(' ', ToolRoot.Open(Suite.Sid).CommandFor("xz"));
        Cache.Publish(Root, directory => Shell.Script("""
            cd "$1"; xz="$2"; shift 2
            mkdir all modules
            for package in "$@"; do dpkg-deb --fsys-tarfile "$package" | tar -x -C all; done
            find all -name 'vmlinuz*' -exec mv {} vmlinuz ';'
            find all -name '*.ko.xz' | while read -r module; do $xz -d "$module"; done
            find all -name '*.ko' -exec mv -t modules {} +
            rm -r all
            """, [directory, xz, .. packages]));
    }
}
