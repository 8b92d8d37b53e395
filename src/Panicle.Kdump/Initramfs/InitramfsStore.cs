using Panicle.Formats.Files;

namespace Panicle.Kdump.Initramfs;

/// <summary>Writes an initramfs beside the old one and then in its place, so that there is always a whole one.</summary>
public static class InitramfsStore
{
    /// <summary>
    /// Writes one; whatever has its name is replaced only once the new one is whole. It may hold keys and passwords: it is its
    /// owner's alone. Returns its size in bytes.
    /// </summary>
    public static long Write(CaptureInitramfs initramfs, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        long size = 0;
        OutputFile.Replace(path, file =>
        {
            initramfs.Write(file);
            size = file.Length;
        });
        return size;
    }
}
