using Panicle.Formats.Elf;

namespace Panicle.Debuginfo.Finding;

/// <summary>What an ELF file is good for.</summary>
/// <param name="BuildId">Its build ID in lower-case hex, or null.</param>
/// <param name="HasDebugInfo">Whether it holds DWARF.</param>
/// <param name="HasCode">Whether it holds the program's code, which separate debug files leave out.</param>
/// <param name="Link">The name and CRC of the separate file with its DWARF (<c>.gnu_debuglink</c>), or null.</param>
internal sealed record ElfContents(string? BuildId, bool HasDebugInfo, bool HasCode, DebugLink? Link)
{
    /// <summary>Looks at a file; null if it can't be read or is no 64-bit little-endian ELF file.</summary>
    public static ElfContents? TryRead(string path)
    {
        using var file = ElfFile.TryOpen(path, Limits.Default, out _);
        return file is null ? null : Of(file);
    }

    /// <summary>Looks at an open file.</summary>
    public static ElfContents Of(ElfFile file) => new(
        file.BuildId,
        file.Sections.Any(section => section.Name is ".debug_info" or ".zdebug_info" && section.Size > 0),
        file.Sections.Any(section => section.IsCode && section.Type != NoBits && section.Size > 0),
        DebugLink.TryRead(file));

    private const uint NoBits = 8; // SHT_NOBITS
}
