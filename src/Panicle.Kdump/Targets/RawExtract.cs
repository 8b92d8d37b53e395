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
        return [.. RawLayout.Read(header, size).Where(file => file.Name.Length > 0)
            .Select(file => Copy(handle, file, directory, isForced))];
    }

    private static string Copy(Microsoft.Win32.SafeHandles.SafeFileHandle device, RawFile file, string directory, bool isForced)
    {
        var path = Path.Combine(directory, file.IsComplete ? file.Name : $"{file.Name}-incomplete");
        using var output = new FileStream(path, isForced ? FileMode.Create : FileMode.CreateNew);
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
