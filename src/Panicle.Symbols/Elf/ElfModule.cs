using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// What a module's <c>.ko</c> file says of itself in its section <c>.modinfo</c> (<c>include/linux/moduleparam.h</c>).
/// </summary>
public static class ElfModule
{
    /// <summary>The module's name, whatever its file is called; null if the file isn't a module's.</summary>
    public static string? NameIn(string path)
    {
        using var file = ElfFile.TryOpen(path, Limits.Default, out _);
        if (file?.Section(".modinfo") is not { } section || file.Read(section) is not { } bytes)
            return null;
        foreach (var entry in Encoding.UTF8.GetString(bytes).Split('\0'))
            if (entry.StartsWith("name=", StringComparison.Ordinal))
                return entry["name=".Length..];
        return null;
    }
}
