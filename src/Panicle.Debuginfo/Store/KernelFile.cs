using System.Text;
using System.Text.RegularExpressions;
using Panicle.Debuginfo.Finding;
using Panicle.Formats.Elf;
using Panicle.Symbols;

namespace Panicle.Debuginfo.Store;

/// <summary>What a file that is to be stored is, by its content, and by its path where that doesn't tell.</summary>
/// <param name="Contents">What it is good for.</param>
/// <param name="Name"><c>vmlinux</c>, the module's name, or the file's.</param>
/// <param name="IsKernel">Whether it is a kernel or a module: of other programs, only DWARF is kept.</param>
/// <param name="Release">The kernel's release, or null.</param>
internal sealed partial record KernelFile(ElfContents Contents, string Name, bool IsKernel, string? Release)
{
    private const int LargestText = 64 << 20;
    private const uint NoBits = 8;

    /// <summary>Looks at a file; null if it is no ELF file that Panicle reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The path that it had where it came from.</param>
    public static KernelFile? TryRead(string path, string name)
    {
        using var file = ElfFile.TryOpen(path, Limits.Default, out _);
        if (file is null)
            return null;
        var contents = ElfContents.Of(file);
        if (file.Section(".gnu.linkonce.this_module") is not null || file.Section(".modinfo") is not null
            && file.Section("__ksymtab_strings") is null && ModuleFiles.NameOf(name) is not null)
            return new KernelFile(contents, ModuleFiles.NameOf(name)
                ?? Path.GetFileNameWithoutExtension(name), true, Vermagic(file) ?? ReleaseIn(name));
        if (file.Section("__ksymtab") is not null
            || file.Section("__ex_table") is not null && file.Section(".init.text") is not null)
            return new KernelFile(contents, KernelBinary.Vmlinux, true, ReleaseIn(name) ?? Banner(file));
        return new KernelFile(contents, Path.GetFileName(name), false, ReleaseIn(name));
    }

    // "vermagic=6.1.0-56-cloud-amd64 SMP preempt mod_unload"
    private static string? Vermagic(ElfFile file)
    {
        if (Text(file, ".modinfo") is not { } text)
            return null;
        var at = text.IndexOf("vermagic=", StringComparison.Ordinal);
        return at < 0 ? null : text[(at + 9)..].Split(' ', '\0')[0];
    }

    // "Linux version 6.1.0-56-cloud-amd64 (debian-kernel@…"
    private static string? Banner(ElfFile file) =>
        Text(file, ".rodata") is { } text && BannerText().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    private static string? Text(ElfFile file, string name) =>
        file.Section(name) is { Size: <= LargestText, Type: not NoBits } section && file.Read(section) is { } bytes
            ? Encoding.Latin1.GetString(bytes)
            : null;

    private static string? ReleaseIn(string path) =>
        InPath().Match(path) is { Success: true } match ? match.Groups["r"].Value : null;

    [GeneratedRegex(@"Linux version ([0-9][0-9A-Za-z._+~-]{1,100}) \(", RegexOptions.CultureInvariant)]
    private static partial Regex BannerText();

    [GeneratedRegex(@"(?:lib/modules/(?<r>[0-9][^/]*)/|vmlinu[xz]-(?<r>[0-9][^/]*?)(?:\.(?:debug|gz|xz|zst))?$)",
        RegexOptions.CultureInvariant)]
    private static partial Regex InPath();
}
