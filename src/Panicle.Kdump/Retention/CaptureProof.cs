using System.Globalization;

namespace Panicle.Kdump.Retention;

/// <summary>That a machine has captured a test crash: when, with which kernel, and what arrived.</summary>
/// <param name="Time">When (UTC).</param>
/// <param name="Release">The kernel that crashed.</param>
/// <param name="Dump">What arrived.</param>
public sealed record CaptureProof(DateTime Time, string Release, string Dump)
{
    /// <summary>Where it is kept.</summary>
    public const string DefaultPath = "/var/lib/panicle/proof";

    /// <summary>The last proof of a system, or null.</summary>
    public static CaptureProof? Read(SystemRoot root) =>
        root.ReadLine(DefaultPath).Split('\t') is [var time, var release, var dump]
        && DateTime.TryParse(
            time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var when)
            ? new CaptureProof(when, release, dump)
            : null;

    /// <summary>Writes it where <c>status</c> looks for it.</summary>
    public void Write(SystemRoot root)
    {
        var path = root.PathOf(DefaultPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"{Time.ToString("O", CultureInfo.InvariantCulture)}\t{Release}\t{Dump}\n");
    }
}
