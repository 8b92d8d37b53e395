using Panicle.Formats.Boot;
using Panicle.Formats.Compression;

namespace Panicle.Debuginfo.Finding;

/// <summary>
/// The ELF file in a compressed one: a bootable kernel image, <c>vmlinux-V.gz</c>, <c>m.ko.xz</c>. It is unpacked into
/// debuginfod's cache, under its build ID, where it is found the next time.
/// </summary>
internal static class UnpackedFile
{
    private const int HeadBytes = SetupHeader.Bytes; // What a kernel image is told by.
    private const long MostBytes = 4L << 30;

    /// <summary>
    /// The unpacked file and what it is good for; null if the file is none of these, is damaged, or has no build ID.
    /// </summary>
    /// <param name="path">The compressed file.</param>
    /// <param name="cache">The cache's folder.</param>
    public static (string Path, ElfContents Contents)? Of(string path, string cache)
    {
        var temporary = Path.Combine(cache, $"unpacking.{Environment.ProcessId:x6}{Environment.TickCount64:x}");
        try
        {
            Directory.CreateDirectory(cache);
            if (!Unpack(path, temporary) || ElfContents.TryRead(temporary) is not { } contents
                || !BuildIdTree.IsBuildId(contents.BuildId))
                return null;
            var place = Path.Combine(cache, contents.BuildId!, contents.HasDebugInfo ? "debuginfo" : "executable");
            Directory.CreateDirectory(
                Path.GetDirectoryName(place)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Move(temporary, place, overwrite: true);
            return (place, contents);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static bool Unpack(string path, string output)
    {
        using var input = File.OpenRead(path);
        var head = new byte[HeadBytes];
        var length = input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        input.Position = 0;
        var isImage = SetupHeader.IsOf(head.AsSpan(0, length));
        using var plain = isImage ? null : Packed.Decoder(head.AsSpan(0, length), input);
        if (!isImage && plain is null)
            return false;
        using var file = new FileStream(output, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
        });
        if (isImage)
        {
            BzImage.Extract(input, file);
            return true;
        }
        var buffer = new byte[1 << 17];
        while (plain!.Read(buffer) is > 0 and var count)
        {
            file.Write(buffer, 0, count);
            if (file.Length > MostBytes)
                return false;
        }
        return true;
    }
}
