using System.Globalization;
using Panicle.Dumps;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;

namespace Panicle.Kdump.Retention;

/// <summary>The crashes that are kept in a directory, whichever distribution's names they have.</summary>
public static class KeptCrashes
{
    private const string Incomplete = "-incomplete";
    private const int MostCrashes = 10_000;

    /// <summary>Those in a directory, the oldest first; none if there is no such directory.</summary>
    public static IReadOnlyList<KeptCrash> In(string directory)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(directory).Take(MostCrashes).Select(Read).OfType<KeptCrash>()
                .OrderBy(crash => crash.Time)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static KeptCrash? Read(string directory)
    {
        var files = new DirectoryInfo(directory).GetFiles();
        var dump = files.FirstOrDefault(IsDump);
        var log = files.FirstOrDefault(IsLog);
        if (dump is null && log is null)
            return null;
        var signature = log is null ? null : SignatureOf(log.FullName);
        var header = dump is null ? null : HeaderOf(dump.FullName);
        var isIncomplete = dump is null || dump.Name.EndsWith(Incomplete, StringComparison.Ordinal)
            || header?.IsIncomplete == true;
        return new KeptCrash(
            Path.GetFileName(directory), directory, header?.WrittenAt ?? TimeOf(directory)
                ?? (dump ?? log)!.LastWriteTimeUtc, Text(header?.Utsname?.Node),
            Text(header?.Utsname?.Release)
                ?? signature?.Event.Release, signature?.Event.Title, signature?.Kind.Name(), signature?.Id, dump?.FullName,
            (ulong)files.Sum(file => file.Length), !isIncomplete);
    }

    private static bool IsDump(FileInfo file) =>
        file.Name.StartsWith("dump.", StringComparison.Ordinal) || file.Name is "vmcore" or "vmcore.flat" or "dump"
            || (file.Name.EndsWith(Incomplete, StringComparison.Ordinal) && !IsLog(file));

    private static bool IsLog(FileInfo file) =>
        file.Name.StartsWith("dmesg", StringComparison.Ordinal) || file.Name.StartsWith("vmcore-dmesg", StringComparison.Ordinal);

    private static CrashSignature? SignatureOf(string path)
    {
        try
        {
            using var text = LogInput.Open(path);
            return CrashSignature.Of(OopsReader.Read(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    private static DumpHeader? HeaderOf(string path)
    {
        try
        {
            using var dump = DumpReader.Open(path);
            return dump.Header;
        }
        catch (Exception e) when (e is DumpException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // 202611210412 as Debian has it; SUSE's and RHEL's end with 2026-11-21-04:12.
    private static DateTime? TimeOf(string directory)
    {
        var name = Path.GetFileName(directory);
        string[] forms = ["yyyyMMddHHmm", "yyyy-MM-dd-HH:mm:ss", "yyyy-MM-dd-HH:mm"];
        foreach (var form in forms.Where(form => name.Length >= form.Length))
        {
            if (DateTime.TryParseExact(name[^form.Length..], form, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
                return time;
        }
        return null;
    }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
