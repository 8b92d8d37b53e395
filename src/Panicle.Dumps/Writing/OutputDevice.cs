using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Files;

namespace Panicle.Dumps.Writing;

/// <summary>A device that a dump is written to as it is: one that nobody uses, and with nothing on it unless that may go.</summary>
public static class OutputDevice
{
    private const int CheckedBytes = 1 << 20;

    /// <summary>/dev/null, /dev/zero and /dev/full: what is written there harms nobody.</summary>
    private static readonly ulong[] Harmless =
        [FileStatus.DeviceNumber(1, 3), FileStatus.DeviceNumber(1, 5), FileStatus.DeviceNumber(1, 7)];

    /// <summary>Opens a device, for nobody else to mount or use meanwhile.</summary>
    /// <param name="path">Its node, or a link to it.</param>
    /// <param name="isForced">Whether what is on it may go.</param>
    /// <exception cref="DumpException">It is in use, or there is something on it, or it can't be opened.</exception>
    public static SafeFileHandle Open(string path, bool isForced)
    {
        if (FileStatus.Of(path) is { Kind: FileKind.CharacterDevice } node)
        {
            if (!Harmless.Contains(node.Node))
                throw new DumpException($"{path} is no disk, and a dump can't be written to it");
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        }
        var handle = FileSpace.OpenDevice(path);
        try
        {
            if (!isForced && !IsEmpty(handle))
                throw new DumpException(
                    $"{path} isn't empty: there is something on it that would be lost; --force overwrites it");
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>How many bytes there are on a device, or in a file.</summary>
    public static long LengthOf(SafeFileHandle handle) =>
        RandomAccess.GetLength(handle) is > 0 and var length ? length : FileSpace.SeekEnd(handle);

    // What tells of file systems, partitions, volumes and their like lies at a device's begin, or at its end.
    private static bool IsEmpty(SafeFileHandle handle)
    {
        var length = LengthOf(handle);
        var bytes = new byte[CheckedBytes];
        foreach (var at in new[] { 0, Math.Max(0, length - CheckedBytes) })
        {
            for (int done = 0, count; done < bytes.Length; done += count)
            {
                count = RandomAccess.Read(handle, bytes.AsSpan(done), at + done);
                if (bytes.AsSpan(done, count).ContainsAnyExcept((byte)0))
                    return false;
                if (count == 0)
                    break;
            }
        }
        return true;
    }
}
