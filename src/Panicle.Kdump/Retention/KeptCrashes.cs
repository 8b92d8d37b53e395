using Panicle.Dumps;
using Panicle.Formats.Files;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;

namespace Panicle.Kdump.Retention;

/// <summary>The crashes that are kept in a directory, whichever distribution's names they have.</summary>
public static class KeptCrashes
{
    private const string Incomplete = "-incomplete";

    /// <summary>Those in a directory, the oldest first; none if there is no such directory.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It can't be read by this user.</exception>
    public static IReadOnlyList<KeptCrash> In(string directory) =>
        [.. Directories(directory).Select(Read).OfType<KeptCrash>().OrderBy(crash => crash.Time)];

    /// <summary>The newest one in a directory, by their names as far as these have a time; null if there is none.</summary>
    /// <inheritdoc cref="In"/>
    public static KeptCrash? Newest(string directory) =>
        Directories(directory).OrderByDescending(path => CrashStamp.Of(Path.GetFileName(path))).Select(Read)
            .FirstOrDefault(crash => crash is not null);

    private static string[] Directories(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException) when (FileStatus.Of(directory) is null)
        {
            return [];
        }
    }

    private static KeptCrash? Read(string directory)
    {
        var name = Path.GetFileName(directory);
        FileInfo[] files;
        try
        {
            // What isn't a plain file, a pipe above all, is not to be opened.
            files = [.. new DirectoryInfo(directory).EnumerateFiles()
                .Where(file => FileStatus.Of(file.FullName) is { Kind: FileKind.Regular })];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CrashStamp.Of(name) is { } stamp
                ? new KeptCrash(name, directory, stamp, null, null, $"can't be read: {e.Message}", null, null, null, 0, false)
                : null;
        }
        var dump = files.FirstOrDefault(IsDump);
        var log = files.FirstOrDefault(IsLog);
        if (dump is null && log is null)
            return null;
        var signature = log is null ? null : SignatureOf(log.FullName);
        var header = dump is null ? null : HeaderOf(dump.FullName);
        var isIncomplete = dump is null || dump.Name.EndsWith(Incomplete, StringComparison.Ordinal)
            || header?.IsIncomplete == true;
        return new KeptCrash(
            name, directory, CrashStamp.Of(name) ?? header?.WrittenAt
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

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
