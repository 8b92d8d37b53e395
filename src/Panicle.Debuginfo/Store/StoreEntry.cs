using System.Globalization;

namespace Panicle.Debuginfo.Store;

/// <summary>What a file in the store is.</summary>
public enum StoreKind
{
    /// <summary>It holds DWARF, and perhaps code too.</summary>
    Debuginfo,

    /// <summary>It holds the code of a kernel or a module without DWARF.</summary>
    Executable,
}

/// <summary>A file in the store, as its catalog has it.</summary>
/// <param name="BuildId">The build ID in lower-case hex.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name"><c>vmlinux</c>, a module's name, or any other program's.</param>
/// <param name="Original">Its size in bytes before it was packed.</param>
/// <param name="Stored">The bytes that it takes in the store.</param>
/// <param name="Origin">The file or package that it came from.</param>
public sealed record StoreEntry(string BuildId, StoreKind Kind, string Name, long Original, long Stored, string Origin)
{
    private const int Fields = 6;

    /// <summary>The entry as a line of a catalog: its fields with tabs between.</summary>
    internal string Line => string.Join('\t', BuildId, Kind == StoreKind.Debuginfo ? "debuginfo" : "executable", Clean(Name),
        Original.ToString(CultureInfo.InvariantCulture), Stored.ToString(CultureInfo.InvariantCulture), Clean(Origin));

    /// <summary>Reads a line; null if it is none.</summary>
    internal static StoreEntry? Parse(string line)
    {
        var fields = line.Split('\t');
        return fields.Length == Fields && Finding.BuildIdTree.IsBuildId(fields[0])
            && long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var original)
            && long.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var stored)
            ? new StoreEntry(fields[0], fields[1] == "executable" ? StoreKind.Executable : StoreKind.Debuginfo,
                fields[2], original, stored, fields[5])
            : null;
    }

    private static string Clean(string text) => new([.. text.Where(letter => !char.IsControl(letter))]);
}
