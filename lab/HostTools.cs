
namespace Panicle.Lab;

/// <summary>The few programs that the machine itself has to have; apt installs those that are missing.</summary>
internal static class HostTools
{
    private static readonly (string Program, string Package)[] Needed =
    [
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("mke2fs", "e2fsprogs"),
        ("unshare", "util-linux"),
        ("dpkg-deb", "dpkg"),
        ("tar", "tar"),
    ];

    private static readonly string[] Directories =
    [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/x86_64-linux-gnu",
    ];

    /// <summary>Installs what is missing.</summary>
    public static void Install()
    {
        if (Environment.UserName != "root")
            throw new LabException("the lab unpacks Debian packages and compiles inside them with chroot: run it as root");
        Install(Needed);
    }

    /// <summary>Installs what is missing of these.</summary>
    public static void Install(params (string Program, string Package)[] programs)
    {
        var packages = programs.Where(tool => !IsThere(tool.Program)).Select(tool => tool.Package).ToList();
        if (packages.Count == 0)
            return;
        Log.Line($"installing {string.Join(", ", packages)}");
        if (Shell.TryRun("apt-get", ["install", "-y", "--no-install-recommends", .. packages]).Code == 0)
            return;
        Shell.Run("apt-get", "update");
        Shell.Run("apt-get", ["install", "-y", "--no-install-recommends", .. packages]);
    }

    private static bool IsThere(string program) =>
        Directories.Any(directory => File.Exists(Path.Combine(directory, program)));
}
