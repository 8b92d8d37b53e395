namespace Panicle.Lab;

/// <summary>
/// A directory with a suite's packages unpacked in it, dependencies and all: enough of a system to run its compiler in
/// with chroot, or one of its programs with its own libraries. Nothing is installed in the machine.
/// </summary>
internal sealed class ToolRoot
{
    private static readonly string[] Base =
        ["base-files", "dash", "bash", "coreutils", "sed", "grep", "findutils", "mawk", "diffutils", "gcc", "make", "libc6-dev"];

    /// <summary>The newest of each tool: for the dumps, and to build the guests' own programs.</summary>
    private static readonly string[] Newest = ["makedumpfile", "busybox-static", "xz-utils", "zstd", "libgcc-s1"];

    private static readonly Dictionary<string, ToolRoot> Opened = [];

    private readonly AptRoot _apt;

    private ToolRoot(AptRoot apt)
    {
        _apt = apt;
        Root = Cache.PathOf("roots", apt.Suite.Name);
    }

    public string Root { get; }

    private string Unpacked => Path.Combine(Root, ".unpacked");

    /// <summary>The suite's root with a compiler in it (and, for the newest suite, the dump tools).</summary>
    public static ToolRoot Open(Suite suite)
    {
        lock (Opened)
        {
            if (Opened.TryGetValue(suite.Name, out var known))
                return known;
            var root = new ToolRoot(AptRoot.Open(suite));
            root.Prepare();
            return Opened[suite.Name] = root;
        }
    }

    /// <summary>The path of a file inside the root, as the machine sees it.</summary>
    public string PathOf(string path) => Path.Combine(Root, path.TrimStart('/'));

    /// <summary>Makes a new directory inside the root, as the machine sees it, for who removes it again.</summary>
    public string MakeDirectory(string name) => Directory.CreateDirectory(PathOf($"tmp/{name}-{Guid.NewGuid():N}")).FullName;

    /// <summary>Unpacks packages with their dependencies, those that aren't there yet.</summary>
    public void Add(params IEnumerable<string> packages)
    {
        foreach (var file in _apt.DownloadWithDependencies(packages))
            Unpack(file);
    }

    /// <summary>
    /// Runs a command with this directory as its root. It sees /proc, which the build tools of newer kernels read, where this
    /// machine allows mounting (not every container does).
    /// </summary>
    public string RunInside(params IEnumerable<string> command) => Shell.Script("""
        if unshare --mount true 2>/dev/null; then
            exec unshare --mount /bin/sh -e -c 'mount -t proc proc "$1/proc"; exec chroot "$@"' sh "$@"
        fi
        exec chroot "$@"
        """, [Root, .. command]);

    /// <summary>The words that run a program of this root on the machine's own files, with the root's libraries.</summary>
    public string[] CommandFor(string program) =>
    [
        PathOf("usr/lib64/ld-linux-x86-64.so.2"),
        "--library-path",
        PathOf("usr/lib/x86_64-linux-gnu"),
        PathOf($"usr/bin/{program}"),
    ];

    /// <summary>Runs a program of this root on the machine's own files.</summary>
    public string Run(string program, params IEnumerable<string> arguments)
    {
        var command = CommandFor(program);
        return Shell.Run(command[0], [.. command[1..], .. arguments]);
    }

    private void Prepare()
    {
        string[] packages = _apt.Suite == Suite.Sid
            ? [.. Base, .. Newest, _apt.Suite.ElfPackage]
            : [.. Base, _apt.Suite.ElfPackage];
        var marker = Path.Combine(Unpacked, $"base-{Key.Of(packages)}");
        if (File.Exists(marker))
            return;
        Log.Line($"unpacking a compiler and tools of {_apt.Suite.Name}");
        MakeSkeleton();
        Add(packages);
        Shell.Script("ln -sf mawk \"$1/usr/bin/awk\"; [ -e \"$1/bin/sh\" ] || ln -s dash \"$1/usr/bin/sh\"", Root);
        File.WriteAllText(marker, "");
    }

    /// <summary>The links that an installed system has had since /bin became a part of /usr, and /dev/null.</summary>
    private void MakeSkeleton() => Shell.Script("""
        mkdir -p "$1/.unpacked" "$1/dev" "$1/proc" "$1/tmp"
        for name in bin sbin lib lib64; do
            mkdir -p "$1/usr/$name"
            ln -sfn "usr/$name" "$1/$name"
        done
        [ -e "$1/dev/null" ] || mknod -m 666 "$1/dev/null" c 1 3
        """, Root);

    private void Unpack(string file)
    {
        var marker = Path.Combine(Unpacked, Path.GetFileName(file));
        if (File.Exists(marker))
            return;
        Shell.Script("dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --keep-directory-symlink", file, Root);
        File.WriteAllText(marker, "");
    }
}
