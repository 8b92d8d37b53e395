using System.Text;
using Panicle.Dumps;
using Panicle.Formats.Files;

namespace Panicle.Kdump.Retention;

/// <summary>
/// Finds the crashes in a target's directory that are this machine's own. What is there may be anything and anybody's: nothing is
/// opened that isn't a plain file, no link is followed, and whatever isn't sure is kept.
/// </summary>
/// <param name="layout">The layout, as the configuration names it.</param>
/// <param name="host">This machine's name.</param>
/// <param name="owner">Whom everything must belong to: root.</param>
internal sealed class OwnCrashes(string layout, string host, uint owner = 0)
{
    private const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const int MostFiles = 64;
    private const int MostStart = 4096;

    private readonly List<string> _doubts = [];

    /// <summary>Those that look like a crash's and are kept all the same, each with the reason, as sentences.</summary>
    public IReadOnlyList<string> Doubts => _doubts;

    /// <summary>What a capture says first of all in its log, by which its directory is known as a machine's own.</summary>
    public static string HostLine(string host) => $"capture of {host}";

    /// <summary>Those in a directory, the oldest first.</summary>
    /// <param name="directory">The target's.</param>
    /// <param name="current">The name of the crash that is being saved, which is none of them.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public IReadOnlyList<OwnCrash> In(string directory, string? current)
    {
        var target = FileStatus.Of(directory) ?? throw new IOException($"{directory} can't be looked at");
        var crashes = new List<OwnCrash>();
        foreach (var path in Directory.EnumerateFileSystemEntries(directory))
        {
            var name = Path.GetFileName(path);
            if (name == current || CrashLayout.StampOf(layout, name) is not { } stamp)
                continue;
            try
            {
                if (Read(path, name, stamp, target) is { } crash)
                    crashes.Add(crash);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DumpException)
            {
                Doubt(name, e.Message);
            }
        }
        return [.. crashes.OrderBy(crash => crash.Stamp).ThenBy(crash => crash.Name.Length)
            .ThenBy(crash => crash.Name, StringComparer.Ordinal)];
    }

    private OwnCrash? Read(string path, string name, DateTime stamp, FileStatus target)
    {
        var status = FileStatus.Of(path, follow: false);
        if (status is not { Kind: FileKind.Directory })
            return Doubt(name, "it is no directory");
        if (status.Owner != owner || (status.Mode & Others) != 0)
            return Doubt(name, "others than root may write in it");
        if (status.IsMountPoint || status.FileSystem != target.FileSystem)
            return Doubt(name, "it is on another file system");
        var files = Directory.EnumerateFileSystemEntries(path).Take(MostFiles + 1).ToList();
        if (files.Count is 0 or > MostFiles)
            return Doubt(name, files.Count == 0 ? "it is empty" : $"there are more than {MostFiles} files in it");
        ulong size = 0;
        foreach (var file in files)
        {
            if (!CrashLayout.Has(layout, name, Path.GetFileName(file)))
                return Doubt(name, $"{Path.GetFileName(file)} in it is no file of a capture's");
            if (FileStatus.Of(file, follow: false) is not { Kind: FileKind.Regular } found || found.Owner != owner)
                return Doubt(name, $"{Path.GetFileName(file)} in it is no plain file of root's");
            size += (ulong)Math.Max(0, found.Length);
        }
        var origin = HostOf(files);
        if (origin is null)
            return Doubt(name, "nothing in it tells which machine it is of");
        return origin == host
            ? new OwnCrash(name, path, stamp, size, files)
            : Doubt(name, $"it is of another machine, {origin}");
    }

    private OwnCrash? Doubt(string name, string why)
    {
        _doubts.Add($"{name} is kept: {why}");
        return null;
    }

    /// <summary>The machine by the dump's header, or by what the capture said first.</summary>
    private static string? HostOf(List<string> files)
    {
        foreach (var file in files.Where(file => CrashLayout.IsDump(Path.GetFileName(file))))
        {
            if (!Start(file).StartsWith("KDUMP   "u8))
                continue;
            using var dump = DumpReader.Open(file);
            if (dump.Header.Utsname is { Node.Length: > 0 } utsname)
                return utsname.Node;
        }
        foreach (var file in files.Where(file => CrashLayout.IsCaptureLog(Path.GetFileName(file))))
        {
            var text = Encoding.UTF8.GetString(Start(file));
            var line = text.IndexOf('\n', StringComparison.Ordinal) is > 0 and var end ? text[..end] : "";
            if (line.StartsWith("panicle: [", StringComparison.Ordinal)
                && line.IndexOf(HostLine(""), StringComparison.Ordinal) is > 0 and var at)
                return line[(at + HostLine("").Length)..];
        }
        return null;
    }

    private static ReadOnlySpan<byte> Start(string file)
    {
        using var handle = File.OpenHandle(file);
        var bytes = new byte[MostStart];
        return bytes.AsSpan(0, RandomAccess.Read(handle, bytes, 0));
    }
}
