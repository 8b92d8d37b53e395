namespace Panicle.Kdump.Save;

/// <summary>
/// The names of what is written beside a dump, as the distributions have them: <c>dump.STAMP</c> has <c>dmesg.STAMP</c> beside it
/// (Debian), and <c>vmcore</c> has <c>vmcore-dmesg.txt</c> (Red Hat, SUSE).
/// </summary>
/// <param name="Log">The kernel's log as text.</param>
/// <param name="Report">The report.</param>
internal readonly record struct SideFiles(string Log, string Report)
{
    private const string DebianPrefix = "dump.";

    /// <summary>The names beside a dump.</summary>
    public static SideFiles Of(string dump)
    {
        ArgumentException.ThrowIfNullOrEmpty(dump);
        var directory = Path.GetDirectoryName(dump) ?? "";
        var name = Path.GetFileName(dump);
        if (name.StartsWith(DebianPrefix, StringComparison.Ordinal))
        {
            var stamp = name[DebianPrefix.Length..];
            return new SideFiles(Path.Combine(directory, $"dmesg.{stamp}"), Path.Combine(directory, $"report.{stamp}"));
        }
        return new SideFiles(Path.Combine(directory, $"{name}-dmesg.txt"), Path.Combine(directory, $"{name}-report.txt"));
    }
}
