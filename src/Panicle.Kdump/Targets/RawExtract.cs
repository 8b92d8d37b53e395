using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Files;

namespace Panicle.Kdump.Targets;

/// <summary>Brings the files of a crash off a raw device (<see cref="RawLayout"/>) into a directory.</summary>
public static class RawExtract
{
    private const int BlockSize = 1 << 20;

    /// <summary>Copies them; those that aren't complete get names that end in "-incomplete". Returns their paths.</summary>
    /// <param name="device">The device.</param>
    /// <param name="directory">The directory; made if it isn't there.</param>
    /// <param name="isForced">Whether files that are there already are overwritten.</param>
    /// <exception cref="IOException">There is no crash on the device, or it can't be copied.</exception>
    public static IReadOnlyList<string> Copy(string device, string directory, bool isForced)
    {
        using var handle = File.OpenHandle(device);
        var header = new byte[RawLayout.BlockSize];
        var length = RandomAccess.Read(handle, header, 0);
        if (length < header.Length || !RawLayout.IsHeader(header))
            throw new IOException($"there is no crash on {device}: it doesn't begin with Panicle's header");
        var size = (long?)BlockDevices.SizeOf(SystemRoot.Live, device) ?? RandomAccess.GetLength(handle);
        Directory.CreateDirectory(directory);
        return [.. RawLayout.Read(header, size).Where(file => IsName(file.Name))
            .Select(file => Copy(handle, device, file, directory, isForced))];
    }

    // What stands on a disk may be anything; the names of a capture's files are such.
    private static bool IsName(string name) => name.Length > 0 && name.All(character =>
        char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_') && name[0] != '.';

    private static string Copy(SafeFileHandle device, string deviceName, RawFile file, string directory, bool isForced)
    {
        var path = Path.Combine(directory, file.IsComplete ? file.Name : $"{file.Name}-incomplete");
        OutputFile.CheckNoInput(path, [deviceName]);
        if (!isForced && OutputFile.IsThere(path))
            throw new IOException($"{path} is there already; --force overwrites it");
        using var output = OutputFile.Create(path, isForced);
        var buffer = new byte[BlockSize];
        for (long done = 0; done < file.Length;)
        {
            var count = RandomAccess.Read(
                device, buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - done)), file.Offset + done);
            if (count == 0)
                throw new IOException($"{file.Name} ends beyond the device");
            output.Write(buffer, 0, count);
            done += count;
        }
        output.Flush(flushToDisk: true);
        return path;
    }
}
