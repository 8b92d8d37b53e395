namespace Panicle.Kdump.Initramfs;

/// <summary>Writes an initramfs beside the old one and then in its place, so that there is always a whole one.</summary>
public static class InitramfsStore
{
    /// <summary>
    /// Writes one; whatever has its name is replaced only once the new one is whole. Returns its size in bytes.
    /// </summary>
    public static long Write(CaptureInitramfs initramfs, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var partial = $"{path}.new";
        long size;
        // It may hold keys and passwords.
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
        };
        using (var file = new FileStream(partial, options))
        {
            initramfs.Write(file);
            file.Flush(flushToDisk: true);
            size = file.Length;
        }
        File.Move(partial, path, overwrite: true);
        return size;
    }
}
