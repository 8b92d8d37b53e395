using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Fs;

/// <summary>A mounted file system (<c>struct mount</c>, fs/mount.h).</summary>
/// <param name="Address">Address of the <c>struct mount</c>.</param>
/// <param name="SuperBlock">Address of the <c>super_block</c>.</param>
/// <param name="Type">The file system's type: "ext4".</param>
/// <param name="Device">What is mounted: "/dev/vda1", "proc".</param>
/// <param name="Directory">Where: "/home".</param>
/// <param name="IsReadOnly">Whether it can't be written, by the mount or the file system.</param>
public sealed record MountedFileSystem(
    ulong Address, ulong SuperBlock, string Type, string Device, string Directory, bool IsReadOnly);

/// <summary>What is mounted in a task's mount namespace.</summary>
public sealed class Mounts
{
    private const int MountReadOnly = 0x40; // MNT_READONLY, include/linux/mount.h
    private const int MountCursor = 0x1000_0000; // MNT_CURSOR: a reader's bookmark in the list until 6.8.
    private const int SuperReadOnly = 1; // SB_RDONLY

    private readonly KernelDump _kernel;

    internal Mounts(KernelDump kernel) => _kernel = kernel;

    /// <summary>The mounts in the order in which they were mounted.</summary>
    /// <param name="task">Whose namespace.</param>
    /// <param name="losses">Gets what can't be read.</param>
    public IReadOnlyList<MountedFileSystem> Of(KernelTask task, Losses losses)
    {
        var paths = _kernel.Fs.Paths;
        var mounts = new List<MountedFileSystem>();
        foreach (var mount in In(_kernel, task, losses))
        {
            if (losses.Try("mount", mount.Address, () => Read(paths, mount)) is { } found)
                mounts.Add(found);
        }
        return mounts;
    }

    private static IEnumerable<KernelValue> In(KernelDump kernel, KernelTask task, Losses losses)
    {
        var proxy = task.Value["nsproxy"];
        var space = (proxy.IsTrue ? proxy : kernel.Global("init_nsproxy", "struct nsproxy"))["mnt_ns"].Dereference();
        // A list until 6.8, a tree by the mounts' IDs since.
        return space.Has("list")
            ? KernelLists.Entries(kernel.Context, space["list"].Address, "struct mount", "mnt_list", losses)
            .Where(mount => !IsCursor(mount))
            : RedBlackTrees.Entries(kernel.Context, space["mounts"].Address, "struct mount", "mnt_node", losses);
    }

    // One whose flags can't be read is kept: reading the mount itself says why.
    private static bool IsCursor(KernelValue mount) =>
        Losses.Ignored.Try(() => mount["mnt.mnt_flags"].ToInt32()) is { } flags && (flags & MountCursor) != 0;

    private static MountedFileSystem Read(PathResolver paths, KernelValue mount)
    {
        var flags = mount["mnt.mnt_flags"].ToInt32();
        var super = mount["mnt.mnt_sb"];
        var type = super["s_type"]["name"].ToText();
        if (super["s_subtype"] is var subtype && subtype.IsTrue)
            type += "." + subtype.ToText();
        var isReadOnly = (flags & MountReadOnly) != 0 || (super["s_flags"].ToUInt64() & SuperReadOnly) != 0;
        var device = mount["mnt_devname"];
        return new MountedFileSystem(
            mount.Address, super.ToUInt64(), type, device.IsTrue ? device.ToText() : "none",
            paths.ResolveMountPoint(mount.Address), isReadOnly);
    }
}
