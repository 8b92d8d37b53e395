using System.Text;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Fs;

/// <summary>
/// Spells paths out as <c>/proc/PID/fd</c> does (d_path, fs/d_path.c): up the directories, and at the root of a mount on
/// to the directory that it is mounted on, up to the root of the namespace. Thread-safe.
/// </summary>
public sealed class PathResolver
{
    private const int MostSteps = 4096; // PATH_MAX: no path has more parts.
    private const int MostName = 255; // NAME_MAX

    private readonly KernelDump _kernel;
    private readonly int _size;
    private readonly int _parent;
    private readonly int _name;
    private readonly int _nameLength;
    private readonly int _inode;
    private readonly int _super;
    private readonly int _hash;
    private readonly int _operations;
    private readonly int _mountOfVfs;
    private readonly int _mountParent;
    private readonly int _mountPoint;
    private readonly int _mountRoot;

    internal PathResolver(KernelDump kernel)
    {
        _kernel = kernel;
        var dentry = new StructLayout(kernel.Types, "struct dentry");
        _size = dentry.Size;
        _parent = dentry.Offset("d_parent");
        _name = dentry.Offset("d_name.name");
        _nameLength = dentry.Offset("d_name.len");
        _inode = dentry.Offset("d_inode");
        _super = dentry.Offset("d_sb");
        _hash = dentry.Offset("d_hash.pprev");
        _operations = dentry.Offset("d_op");
        var mount = new StructLayout(kernel.Types, "struct mount");
        _mountOfVfs = mount.Offset("mnt");
        _mountParent = mount.Offset("mnt_parent");
        _mountPoint = mount.Offset("mnt_mountpoint");
        _mountRoot = mount.Offset("mnt.mnt_root");
    }

    /// <summary>
    /// The path: <c>/etc/passwd</c>, <c>/tmp/x (deleted)</c>, <c>pipe:[1234]</c>, <c>socket:[1234]</c>,
    /// <c>anon_inode:[eventfd]</c>, <c>/memfd:name (deleted)</c>.
    /// </summary>
    public string Resolve(KernelPath path)
    {
        var dentry = ReadDentry(path.Dentry);
        return NameWithoutPath(path, dentry) ?? Walk(path, dentry);
    }

    /// <summary>The path of a directory entry within its own file system, for when no mount is known.</summary>
    public string ResolveInFileSystem(ulong dentry) => Walk(new KernelPath(0, dentry), ReadDentry(dentry));

    /// <summary>The path of the directory on which a mount lies ("/" for the first one).</summary>
    /// <param name="mount">Address of the <c>struct mount</c>.</param>
    public string ResolveMountPoint(ulong mount)
    {
        var root = Pointer(mount + (ulong)_mountRoot, "vfsmount.mnt_root");
        return Walk(new KernelPath(mount + (ulong)_mountOfVfs, root), ReadDentry(root));
    }

    /// <summary>Address of the entry's inode; 0 for a name without one.</summary>
    public ulong InodeOf(ulong dentry) => Pointer(dentry + (ulong)_inode, "dentry.d_inode");

    private string Walk(KernelPath path, byte[] dentry)
    {
        var names = new List<string>();
        var at = path.Dentry;
        var mount = path.Mount == 0 ? 0 : path.Mount - (ulong)_mountOfVfs;
        var suffix = IsDeleted(path.Dentry, dentry) ? " (deleted)" : "";
        for (var step = 0; step < MostSteps; step++)
        {
            var isRootOfMount = mount != 0 && Pointer(mount + (ulong)_mountRoot, "vfsmount.mnt_root") == at;
            var parent = Word(dentry, _parent);
            if (isRootOfMount)
            {
                var above = Pointer(mount + (ulong)_mountParent, "mount.mnt_parent");
                if (above == mount || above == 0)
                    return "/" + string.Join('/', Enumerable.Reverse(names)) + suffix;
                at = Pointer(mount + (ulong)_mountPoint, "mount.mnt_mountpoint");
                mount = above;
                dentry = ReadDentry(at);
                continue;
            }
            if (parent == at)
                return "/" + string.Join('/', Enumerable.Reverse(names)) + suffix; // A root outside of every mount.
            names.Add(NameOf(at, dentry));
            at = parent;
            dentry = ReadDentry(at);
        }
        throw new KernelReadException($"the path of the dentry at 0x{path.Dentry:x} has no end");
    }

    // File systems that aren't mounted anywhere make up the names of their files (d_dname in fs/pipe.c, net/socket.c,
    // fs/anon_inodes.c, fs/nsfs.c; simple_dname for the others: memfd, shared memory).
    private string? NameWithoutPath(KernelPath path, byte[] dentry)
    {
        var operations = Word(dentry, _operations);
        if (operations == 0 || _kernel.At(operations, "struct dentry_operations")["d_dname"].ToUInt64() == 0)
            return null;
        if (Word(dentry, _parent) == path.Dentry && path.Mount != 0
            && _kernel.At(path.Mount, "struct vfsmount")["mnt_root"].ToUInt64() == path.Dentry)
            return null;
        var super = _kernel.At(Word(dentry, _super), "struct super_block");
        var inode = _kernel.At(Word(dentry, _inode), "struct inode");
        return super["s_type"]["name"].ToText() switch
        {
            "pipefs" => $"pipe:[{inode["i_ino"].ToUInt64()}]",
            "sockfs" => $"socket:[{inode["i_ino"].ToUInt64()}]",
            "anon_inodefs" => $"anon_inode:{NameOf(path.Dentry, dentry)}",
            "pidfs" => "anon_inode:[pidfd]", // A file system of its own since 6.9, whose entries have no names.
            "nsfs" => $"{NamespaceOf(inode)}:[{inode["i_ino"].ToUInt64()}]",
            _ => $"/{NameOf(path.Dentry, dentry)} (deleted)",
        };
    }

    private string NamespaceOf(KernelValue inode) =>
        _kernel.At(inode["i_private"].ToUInt64(), "struct ns_common")["ops"]["name"].ToText();

    private bool IsDeleted(ulong address, byte[] dentry) => Word(dentry, _hash) == 0 && Word(dentry, _parent) != address;

    private string NameOf(ulong address, byte[] dentry)
    {
        var length = _kernel.Memory.Words.ReadUInt32(dentry.AsSpan(_nameLength));
        if (length > MostName)
            throw new KernelReadException($"the dentry at 0x{address:x} is damaged: a name of {length} bytes");
        var name = new byte[length];
        _kernel.Memory.Read(Word(dentry, _name), name, "dentry.d_name");
        return Encoding.UTF8.GetString(name);
    }

    private byte[] ReadDentry(ulong address)
    {
        var dentry = new byte[_size];
        _kernel.Memory.Read(address, dentry, "dentry");
        return dentry;
    }

    private ulong Pointer(ulong address, string what) => _kernel.Memory.ReadWord(address, what);

    private ulong Word(byte[] dentry, int offset) => _kernel.Memory.Words.ReadWord(dentry.AsSpan(offset));
}
