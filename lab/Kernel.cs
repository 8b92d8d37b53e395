namespace Panicle.Lab;

/// <summary>A kernel that the lab crashes.</summary>
/// <param name="Name">Its name in the lab, the first part of a cell's name.</param>
/// <param name="Suite">The suite that it comes from.</param>
/// <param name="Release">A regular expression for its release, as <c>uname -r</c> prints it. The newest one is taken.</param>
/// <param name="IsSplit">Whether the image and its modules are packages of their own (since 7.x).</param>
/// <param name="Cpu">QEMU's CPU model and features.</param>
public sealed record Kernel(string Name, Suite Suite, string Release, bool IsSplit, string Cpu)
{
    private const string FourLevels = "max,la57=off";
    private const string FiveLevels = "max";

    /// <summary>
    /// Every kernel of the lab. Between them they page with four levels and with five, since each CPU that can do five
    /// makes these kernels use them.
    /// </summary>
    public static readonly Kernel[] All =
    [
        new("5.10-cloud", Suite.Bullseye, @"5\.10\.0-\d+-cloud-amd64", false, FourLevels),
        new("6.1-cloud", Suite.Bookworm, @"6\.1\.0-\d+-cloud-amd64", false, FourLevels),
        new("6.1-amd64", Suite.Bookworm, @"6\.1\.0-\d+-amd64", false, FiveLevels),
        new("6.1-rt", Suite.Bookworm, @"6\.1\.0-\d+-rt-amd64", false, FourLevels),
        new("6.12-cloud", Suite.Bookworm, @"6\.12\.\d+\+deb12-cloud-amd64", false, FiveLevels),
        new("7.2-cloud", Suite.Sid, @"7\.\d+\.\d+\+deb\d+-cloud-amd64", true, FourLevels),
    ];

    /// <summary>The kernels that every scenario is made for in the tests' set; the others are flavours of one of them.</summary>
    public bool IsMain => Name.EndsWith("-cloud", StringComparison.Ordinal);

    /// <summary>
    /// What its command line says besides. Before 5.13 a cache that asks for poisoning gets it only if the command line speaks of
    /// poisoning at all. This bears on no other cache than the one that use-after-free is about, so crashes' keys leave it out.
    /// </summary>
    internal string MoreCommandLine => Suite == Suite.Bullseye ? " slub_debug=P,crashme_object" : "";

    /// <summary>The name of the package that has the kernel image.</summary>
    internal string ImagePackage(string release) => IsSplit ? $"linux-binary-{release}" : $"linux-image-{release}";

    /// <summary>The packages that have the image and the modules.</summary>
    internal string[] Packages(string release) =>
        IsSplit ? [ImagePackage(release), $"linux-modules-{release}"] : [ImagePackage(release)];

    /// <summary>The directory with all of its modules, unpacked, and its release as <c>uname -r</c> prints it.</summary>
    public (string Directory, string Release) Modules()
    {
        var files = KernelFiles.Of(this);
        using (Cache.Lock())
            return (files.ModulesDirectory, files.Release);
    }

    /// <summary>
    /// Its vmlinux with debug information, for other tools; downloads some 300 MB the first time. Returns its path.
    /// </summary>
    public string Vmlinux()
    {
        var files = KernelFiles.Of(this);
        if (File.Exists(files.Vmlinux))
            return files.Vmlinux;
        using (Cache.Lock())
            return files.VmlinuxWithDebugInfo();
    }

    /// <summary>
    /// Takes in where its functions are: those of its image where that has debug information here, and its modules'.
    /// </summary>
    internal void AddFunctions(FunctionSources places)
    {
        var files = KernelFiles.Of(this);
        using (Cache.Lock())
        {
            if (File.Exists(files.Vmlinux))
                places.AddKernel(files.Vmlinux);
            places.AddModules(Directory.EnumerateFiles(files.ModulesDirectory, "*.ko"), files.ModuleDirectories());
        }
    }
}
