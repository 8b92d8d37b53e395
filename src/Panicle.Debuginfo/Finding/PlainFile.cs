using Panicle.Debuginfo.Elf;
using Panicle.Dumps;

namespace Panicle.Debuginfo.Finding;

/// <summary>Writes ELF files for tools that read no compressed sections.</summary>
public static class PlainFile
{
    /// <summary>Copies an ELF file with its sections decompressed.</summary>
    /// <exception cref="DumpException">One of the files can't be used.</exception>
    public static void Write(string path, string output)
    {
        try
        {
            using var expansion = ElfExpansion.Open(path);
            using var file = File.Create(output);
            expansion.CopyTo(file);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DumpException($"{path} can't be written to {output}: {e.Message}", e);
        }
    }
}
