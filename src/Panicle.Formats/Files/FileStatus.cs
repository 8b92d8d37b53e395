using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Panicle.Formats.Files;

/// <summary>
/// What the kernel says of a file (statx(2)), found without opening it: a pipe doesn't block and a device isn't woken.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="FileSystem">The number of the device that its file system is on.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Owner">The user that it belongs to.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Node">A device's own number (major, minor).</param>
/// <param name="IsMountPoint">Whether a file system is mounted there, as far as the kernel tells.</param>
public sealed partial record FileStatus(
    FileKind Kind, ulong FileSystem, ulong Inode, uint Owner, UnixFileMode Mode, long Length, ulong Node, bool IsMountPoint)
{
    private const int Here = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int NoAutomount = 0x800; // AT_NO_AUTOMOUNT
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const ulong MountRoot = 0x2000; // STATX_ATTR_MOUNT_ROOT
    private const int StatxBytes = 256;
    private const int Permissions = 0b111_111_111_111; // S_ISUID to S_IXOTH

    /// <summary>What a path leads to, or null if that isn't there or can't be seen.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a symbolic link at its end is followed.</param>
    public static FileStatus? Of(string path, bool follow = true)
    {
        if (string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal))
            return null;
        var bytes = new byte[StatxBytes];
        return Statx(Here, path, NoAutomount | (follow ? 0 : NoFollow), BasicStats, bytes) == 0 ? Read(bytes) : null;
    }

    /// <summary>What an open file descriptor leads to, or null if it isn't open.</summary>
    public static FileStatus? OfDescriptor(int descriptor)
    {
        var bytes = new byte[StatxBytes];
        return Statx(descriptor, "", EmptyPath, BasicStats, bytes) == 0 ? Read(bytes) : null;
    }

    /// <summary>Whether it is <c>/dev/null</c>, where everything ends at once: no other device of characters has to.</summary>
    public bool IsNull => Kind == FileKind.CharacterDevice && Node == DeviceNumber(1, 3);

    /// <summary>
    /// Whether both are one file, by whatever names, or one device: what is written to the one is then in the other.
    /// </summary>
    public bool IsSame(FileStatus other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Kind == FileKind.BlockDevice && other.Kind == FileKind.BlockDevice)
            return Node == other.Node;
        return FileSystem == other.FileSystem && Inode == other.Inode;
    }

    // struct statx: its numbers are the machine's own, and every machine that Panicle runs on has the lowest byte first.
    private static FileStatus Read(ReadOnlySpan<byte> bytes)
    {
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        var kind = (mode & 0xf000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xa000 => FileKind.Link,
            0x6000 => FileKind.BlockDevice,
            0x2000 => FileKind.CharacterDevice,
            0x1000 => FileKind.Pipe,
            0xc000 => FileKind.Socket,
            _ => FileKind.Other,
        };
        var attributes = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) // of which the file system knows some only
            & BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]);
        return new FileStatus(
            kind, Number(bytes[136..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), (UnixFileMode)(mode & Permissions),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]), Number(bytes[128..]), (attributes & MountRoot) != 0);
    }

    private static ulong Number(ReadOnlySpan<byte> bytes) =>
        DeviceNumber(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));

    /// <summary>A device's number as <see cref="Node"/> has it.</summary>
    public static ulong DeviceNumber(uint major, uint minor) => ((ulong)major << 32) | minor;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] status);
}
