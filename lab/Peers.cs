namespace Panicle.Lab;

/// <summary>Other tools for dumps, to compare Panicle's answers and speed with.</summary>
internal static class Peers
{
    /// <summary>
    /// A minimal system of Debian's newest suite with crash, drgn and makedumpfile. Run them with <c>chroot</c>; /proc and /dev
    /// have to be mounted in it first. Returns its directory.
    /// </summary>
    public static string Make()
    {
        HostTools.Install();
        HostTools.Install(("debootstrap", "debootstrap"));
        using var gate = Cache.Lock();
        var root = Cache.PathOf("peers");
        if (Directory.Exists(root))
            return root;
        Log.Line("making a root with crash, drgn and makedumpfile");
        Shell.Run("debootstrap", "--variant=minbase", "--include=crash,python3-drgn,makedumpfile,libgcc-s1",
            Suite.Sid.Name, $"{root}.part", Mirror.OfThisMachine().Main);
        Directory.Move($"{root}.part", root);
        return root;
    }
}
