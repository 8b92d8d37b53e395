using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Kdump;

/// <summary>
/// The root of the system that is looked at: the running one, or a tree of files that stands for one. Paths are given as that
/// system names them (<c>/etc/default/grub</c>).
/// </summary>
public sealed class SystemRoot
{
    // No file of configuration or of /proc and /sys that is read here is longer.
    private const int MostBytes = 4 << 20;
    private const int MostLinks = 40; // As many as the kernel follows.

    // A file that people write.
    private const int MostWritten = 256 << 10;

    /// <summary>A tree of files.</summary>
    public SystemRoot(string path) => Directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>The system that Panicle itself runs on.</summary>
    public static SystemRoot Live { get; } = new("/");

    /// <summary>The directory that stands for <c>/</c>.</summary>
    public string Directory { get; }

    /// <summary>Whether it is the running system, so that its programs and its kernel can be asked.</summary>
    public bool IsLive => Directory == "/";

    /// <summary>Where a path of that system lies here.</summary>
    public string PathOf(string path) => IsLive ? path : Directory + path;

    /// <summary>Whether there is a file of this name.</summary>
    public bool HasFile(string path) => File.Exists(Real(path));

    /// <summary>Whether there is a directory of this name.</summary>
    public bool HasDirectory(string path) => System.IO.Directory.Exists(Real(path));

    /// <summary>
    /// Where what a path leads to lies here: in a tree a link to <c>/x</c> means the tree's <c>/x</c>, not this machine's.
    /// </summary>
    internal string Real(string path) => IsLive ? path : PathOf(Resolve(path));

    /// <summary>
    /// The path that a path leads to once every link in it is followed, as that system names it. Parts that aren't there stay as
    /// they are.
    /// </summary>
    public string Resolve(string path)
    {
        var resolved = "/";
        var left = new Stack<string>(Parts(path).Reverse());
        for (var links = 0; left.TryPop(out var part);)
        {
            if (part == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? "/";
                continue;
            }
            var next = Path.Combine(resolved, part);
            if (LinkAt(next) is not { } target || ++links > MostLinks)
            {
                resolved = next;
                continue;
            }
            if (target.StartsWith('/'))
                resolved = "/";
            foreach (var piece in Parts(target).Reverse())
                left.Push(piece);
        }
        return resolved;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");

    private string? LinkAt(string path)
    {
        try
        {
            return new FileInfo(PathOf(path)).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// A text file, or null if it isn't there or can't be read. Files of /proc and /sys included; no more than 4 MB of it.
    /// </summary>
    public string? TryRead(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(Read(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>
    /// A file of configuration, whose every line counts, or why it can't be had; neither where nothing has this name.
    /// </summary>
    public (string? Text, string? Why) ReadWhole(string path)
    {
        var info = new FileInfo(PathOf(path));
        try
        {
            if (HasDirectory(path))
                return (null, $"{path} is a directory");
            if (!HasFile(path))
                return (null, info.LinkTarget is { } target ? $"{path} is a link to {target}, which isn't there" : null);
            var content = Read(path, mustBeFile: true);
            return content.Length <= MostWritten
                ? (Encoding.UTF8.GetString(content), null)
                : (null, $"{path} is longer than {MostWritten >> 10} KB: such a file is none of configuration");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return (null, $"{path} can't be read: {e.Message}");
        }
    }

    private ReadOnlySpan<byte> Read(string path, bool mustBeFile = false)
    {
        // A pipe without a writer must not be waited for.
        var descriptor = Native.Open(Real(path), Native.ReadOnly | Native.NonBlocking | Native.CloseOnExec);
        if (descriptor < 0)
            throw new IOException(Native.LastError);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        using var file = new FileStream(handle, FileAccess.Read, 1);
        if (mustBeFile && !file.CanSeek)
            throw new IOException("it is no file");
        var content = new MemoryStream();
        var buffer = new byte[16384];
        int count;
        while (content.Length < MostBytes && (count = file.Read(buffer)) > 0)
            content.Write(buffer, 0, count);
        return content.GetBuffer().AsSpan(0, (int)content.Length);
    }

    /// <summary>The first line of a text file, or "" if there is none.</summary>
    public string ReadLine(string path) => TryRead(path) is { } text ? text.AsSpan()[..LengthOfLine(text)].Trim().ToString() : "";

    /// <summary>A number in a file of /proc or /sys, or null if there is none.</summary>
    public long? ReadNumber(string path) => long.TryParse(ReadLine(path), out var number) ? number : null;

    /// <summary>The lines of a text file, or none.</summary>
    public IReadOnlyList<string> ReadLines(string path) => TryRead(path) is { } text ? text.TrimEnd('\n').Split('\n') : [];

    /// <summary>
    /// The paths of the files in a directory, as the system names them, sorted; none if there is no such directory.
    /// </summary>
    public IReadOnlyList<string> FilesIn(string path, string pattern = "*") =>
        Entries(path, folder => System.IO.Directory.EnumerateFiles(folder, pattern));

    /// <summary>
    /// The paths of the directories in a directory, as the system names them, sorted; none if there is no such directory.
    /// </summary>
    public IReadOnlyList<string> DirectoriesIn(string path) => Entries(path, System.IO.Directory.EnumerateDirectories);

    private IReadOnlyList<string> Entries(string path, Func<string, IEnumerable<string>> list)
    {
        try
        {
            var folder = path.TrimEnd('/');
            return [.. list(Real(path)).Select(entry => $"{folder}/{Path.GetFileName(entry)}").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static int LengthOfLine(string text) =>
        text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? end : text.Length;
}
