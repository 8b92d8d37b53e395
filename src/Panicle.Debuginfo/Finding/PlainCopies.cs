using Panicle.Debuginfo.Elf;

namespace Panicle.Debuginfo.Finding;

/// <summary>
/// Large files of a store with their sections decompressed, in debuginfod's cache, where every tool looks: a vmlinux takes half a
/// second to decompress, once, and can be mapped from then on.
/// </summary>
internal static class PlainCopies
{
    private const long WorthIt = 32 << 20;

    /// <summary>The path of the plain copy of a stored file; the file itself where it is small, or no copy can be made.</summary>
    public static string Of(string stored, string buildId, string kind, string? cache)
    {
        try
        {
            if (cache is null)
                return stored;
            using var expansion = ElfExpansion.Open(stored);
            if (expansion.Decoded < WorthIt)
                return stored;
            var path = Path.Combine(cache, buildId, kind);
            if (new FileInfo(path) is { Exists: true, Length: > 0 })
                return path;
            Write(expansion, path);
            return path;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return stored;
        }
    }

    /// <summary>Replaces a file that has compressed sections by what it was before.</summary>
    public static void Expand(string path)
    {
        using var expansion = ElfExpansion.Open(path);
        if (expansion.Decoded == 0)
            return;
        // Debug information shrinks to a quarter. What claims to be that much more than was sent only wants the disk.
        const long most = 64;
        if (expansion.Length > most * new FileInfo(path).Length)
            throw new InvalidDataException($"what the server sent would have {expansion.Length} bytes when it is decompressed");
        Write(expansion, path);
    }

    private static void Write(ElfExpansion expansion, string path)
    {
        Directory.CreateDirectory(
            Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var temporary = $"{path}.{Environment.ProcessId:x6}{Environment.TickCount64:x}.plain";
        try
        {
            using (
                var output = new FileStream(
                    temporary, new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                        PreallocationSize = expansion.Length
                    }))
                expansion.CopyTo(output);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
