namespace Panicle.Kernel.Fs;

/// <summary>What an inode is (the S_IFMT bits of <c>inode.i_mode</c>, include/uapi/linux/stat.h).</summary>
public enum FileType
{
    /// <summary>None of the others: anonymous inodes have no type.</summary>
    Unknown = 0,
    /// <summary>A pipe, named or not (S_IFIFO).</summary>
    Fifo = 0x1000,
    /// <summary>A device that is read and written as a stream (S_IFCHR).</summary>
    CharacterDevice = 0x2000,
    /// <summary>A list of names, each with its inode (S_IFDIR).</summary>
    Directory = 0x4000,
    /// <summary>A device of blocks: a disk, a partition (S_IFBLK).</summary>
    BlockDevice = 0x6000,
    /// <summary>A file with content of its own (S_IFREG).</summary>
    Regular = 0x8000,
    /// <summary>A link to a path, not to an inode (S_IFLNK).</summary>
    Link = 0xa000,
    /// <summary>An endpoint of socket(2), or the name of one of AF_UNIX (S_IFSOCK).</summary>
    Socket = 0xc000,
}
