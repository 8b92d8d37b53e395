using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Dumps.Writing;

/// <summary>
/// What .NET has no call for: room for a file, writing to the disk on the side, and a directory's entries on the disk.
/// </summary>
internal static partial class FileSpace
{
    private const int NoSpace = 28; // ENOSPC
    private const uint BeginWriting = 2; // SYNC_FILE_RANGE_WRITE
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
    private const int Busy = 16; // EBUSY
    private const int AloneReadWrite = 0x80082; // O_RDWR | O_EXCL | O_CLOEXEC
    private const int FromEnd = 2; // SEEK_END
    private const int NextOfData = 3; // SEEK_DATA
    private const int NextOfHole = 4; // SEEK_HOLE
    private const int NoSuchPlace = 6; // ENXIO

    /// <summary>
    /// Has the file system set aside the first bytes of a file. File systems that can't are none the worse for having been asked.
    /// </summary>
    public static void Reserve(SafeFileHandle file, long size)
    {
        if (fallocate(file, 0, 0, size) != 0 && Marshal.GetLastPInvokeError() == NoSpace)
            throw new IOException($"No space left on device: {size} bytes are needed for the dump's headers alone");
    }

    /// <summary>Has the system begin to put on the disk what was written so far; errors show when it is waited for.</summary>
    public static void BeginFlush(SafeFileHandle file) => _ = sync_file_range(file, 0, 0, BeginWriting);

    /// <summary>Puts a directory's entries on the disk, so that a new name survives a power cut.</summary>
    public static void SyncDirectory(string path)
    {
        var directory = open(path, ReadOnlyDirectory);
        if (directory < 0)
            return; // Not every file system has that.
        _ = fsync(directory);
        _ = close(directory);
    }

    /// <summary>
    /// Opens a block device for itself: the kernel refuses it while a file system on it or on one of its partitions is mounted, and
    /// while it is swap or a part of another device (open(2), O_EXCL).
    /// </summary>
    /// <exception cref="DumpException">It can't be opened.</exception>
    public static SafeFileHandle OpenDevice(string path)
    {
        var device = open(path, AloneReadWrite);
        if (device >= 0)
            return new SafeFileHandle(device, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        throw new DumpException(error == Busy
            ? $"{path} is in use: a file system on it is mounted, or it is swap or part of another device. "
                + "Nothing was written to it."
            : $"{path} can't be opened: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The size of a device.</summary>
    public static long SeekEnd(SafeFileHandle file) => Math.Max(0, lseek(file, 0, FromEnd));

    /// <summary>The next run of a file that isn't a hole, or null; all that is left where the file system doesn't tell.</summary>
    public static (long Start, long End)? NextData(SafeFileHandle file, long offset, long length)
    {
        if (offset >= length)
            return null;
        var start = lseek(file, offset, NextOfData);
        if (start < 0)
            return Marshal.GetLastPInvokeError() == NoSuchPlace ? null : (offset, length);
        var end = lseek(file, start, NextOfHole);
        return start >= length ? null : (start, end <= start ? length : Math.Min(end, length));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long size);

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long size, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int file);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
