using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The file with what several debug files share, as <c>dwz --multifile</c> makes it. The section <c>.gnu_debugaltlink</c> names
/// it: its path, and its build ID.
/// </summary>
internal static class SupplementaryFile
{
    /// <summary>Where distributions keep such files.</summary>
    private const string Directory = "/usr/lib/debug/.dwz";

    /// <summary>Opens the file if it can be found and its build ID is the right one; else null.</summary>
    public static DwarfFile? Open(DwarfFile file)
    {
        if (!TryReadLink(file, out var path, out var buildId))
            return null;
        foreach (var candidate in Candidates(file.Path, path))
        {
            if (!File.Exists(candidate) || DwarfFile.TryOpen(candidate, file.Limits, out _) is not { } found)
                continue;
            if (found.Elf.BuildId == buildId)
                return found;
            found.Dispose();
        }
        return null;
    }

    /// <summary>Why there is none, as a clause.</summary>
    public static string WhyMissing(DwarfFile file) => TryReadLink(file, out var path, out var buildId)
        ? $"what is described here lies in {path} with the build ID {buildId}, which isn't there"
        : "what is described here lies in another file, which isn't named";

    private static bool TryReadLink(DwarfFile file, out string path, out string buildId)
    {
        (path, buildId) = ("", "");
        if (!file.AltLink.Exists)
            return false;
        var data = file.AltLink.Data;
        var end = data.IndexOf((byte)0);
        if (end <= 0)
            return false;
        path = Encoding.UTF8.GetString(data[..end]);
        buildId = Convert.ToHexStringLower(data[(end + 1)..]);
        return true;
    }

    private static IEnumerable<string> Candidates(string from, string path)
    {
        var own = Path.GetDirectoryName(Path.GetFullPath(from)) ?? "/";
        yield return Path.Combine(own, path);
        yield return Path.Combine(own, ".dwz", Path.GetFileName(path));
        yield return Path.Combine(Directory, Path.GetFileName(path));
    }
}
