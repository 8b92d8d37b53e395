using System.Globalization;
using Panicle.Formats.Text;

namespace Panicle.Kdump.Loading;

/// <summary>
/// What Panicle loaded last. The kernel says that something is loaded, but not what: without this nobody knows what a crash
/// would start.
/// </summary>
/// <param name="Boot">The boot that it was loaded in: another one has nothing of it.</param>
/// <param name="Initramfs">The initramfs.</param>
/// <param name="Size">Its size then, in bytes.</param>
/// <param name="Written">When it had been written (UTC).</param>
/// <param name="Rehearsed">What it did in its rehearsal; "" if there was none that it came through.</param>
public sealed record LoadRecord(string Boot, string Initramfs, long Size, DateTime Written, string Rehearsed)
{
    private const string DefaultPath = "/run/panicle/loaded";

    /// <summary>Whether the initramfs is still the file that was loaded.</summary>
    public bool IsCurrent(SystemRoot root)
    {
        var file = new FileInfo(root.PathOf(Initramfs));
        return file.Exists && file.Length == Size && file.LastWriteTimeUtc == Written;
    }

    /// <summary>What was loaded in this boot, or null if Panicle loaded nothing.</summary>
    public static LoadRecord? Read(SystemRoot root) =>
        root.ReadLine(DefaultPath).Split('\t') is [var boot, var initramfs, var size, var written, var rehearsed]
        && boot == BootOf(root)
        && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
        && long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTime.MaxValue.Ticks
            ? new LoadRecord(boot, initramfs, bytes, new DateTime(ticks, DateTimeKind.Utc), rehearsed)
            : null;

    /// <summary>Keeps that an initramfs was loaded just now. Where that fails, it is as if somebody else had loaded it.</summary>
    /// <param name="root">The system.</param>
    /// <param name="initramfs">The initramfs.</param>
    /// <param name="rehearsed">What it did in its rehearsal, or "".</param>
    public static void Write(SystemRoot root, string initramfs, string rehearsed)
    {
        try
        {
            var file = new FileInfo(root.PathOf(initramfs));
            var path = root.PathOf(DefaultPath);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var shown = VisibleText.Line(rehearsed).Replace('\t', ' ');
            File.WriteAllText(path, string.Create(
                CultureInfo.InvariantCulture,
                $"{BootOf(root)}\t{initramfs}\t{file.Length}\t{file.LastWriteTimeUtc.Ticks}\t{shown}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(root);
        }
    }

    private static void TryDelete(SystemRoot root)
    {
        try
        {
            Delete(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is loaded is loaded all the same.
        }
    }

    /// <summary>Forgets it: nothing is loaded any more.</summary>
    public static void Delete(SystemRoot root)
    {
        if (root.HasFile(DefaultPath))
            File.Delete(root.PathOf(DefaultPath));
    }

    private static string BootOf(SystemRoot root) => root.ReadLine("/proc/sys/kernel/random/boot_id");
}
