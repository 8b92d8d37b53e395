namespace Panicle.Lab;

/// <summary>Other tools for dumps, to compare Panicle's answers and speed with.</summary>
public static class Peers
{
    /// <summary>
    /// A minimal system of Debian's newest suite with crash, drgn and makedumpfile. Run them with <c>chroot</c>; /proc and /dev
    /// have to be mounted in it first. Returns its directory.
    /// </summary>
    public static string Make()
    {
        var root = Cache.PathOf("peers");
        if (Directory.Exists(root))
            return root;
        HostTools.Install();
        HostTools.Install(("debootstrap", "debootstrap"));
        using var gate = Cache.Lock();
        if (Directory.Exists(root))
            return root;
        Log.Line("making a root with crash, drgn and makedumpfile");
        Shell.Run("debootstrap", "--variant=minbase", "--include=crash,python3-drgn,makedumpfile,libgcc-s1,binutils",
            Suite.Sid.Name, $"{root}.part", Mirror.OfThisMachine().Main);
        Directory.Move($"{root}.part", root);
        return root;
    }

    /// <summary>
    /// The words that run a program in that system, where it finds the lab's cache at its usual path; what is mounted for that
    /// is gone when it ends.
    /// </summary>
    public static string[] CommandFor(params IEnumerable<string> command) =>
    [
        "unshare", "--mount", "/bin/sh", "-e", "-c",
        """
        root="$0"
        cache="$1"
        shift
        mkdir -p "$root$cache"
        mount --bind "$cache" "$root$cache"
        mount -t proc proc "$root/proc"
        exec chroot "$root" "$@"
        """,
        Make(), Cache.Root, .. command,
    ];
}
