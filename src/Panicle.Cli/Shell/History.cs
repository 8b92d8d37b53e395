using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>
/// The lines typed, oldest first, kept between sessions in <c>$XDG_STATE_HOME/panicle/history</c>. A file that can't be
/// read or written costs the memory of past sessions and nothing else.
/// </summary>
internal sealed class History
{
    private const int MaxLines = 2000;
    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <summary>Reads the history of past sessions; null keeps it in memory only.</summary>
    public History(string? path)
    {
        _path = path;
        if (path is not null)
            Attempt(() => Load(path));
    }

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Where the history is kept for this user, or null without a home.</summary>
    public static string? DefaultPath()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state))
        {
            var home = Environment.GetEnvironmentVariable("HOME");
            state = string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".local", "state");
        }
        return state is null ? null : Path.Combine(state, "panicle", "history");
    }

    /// <summary>Adds a line. One like the line before, or one that starts with a space, isn't kept.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || line[0] == ' ' || (_lines.Count > 0 && _lines[^1] == line))
            return;
        _lines.Add(line);
        if (_path is not null)
            Attempt(() => Append(_path, line + "\n"));
    }

    private void Load(string path)
    {
        _lines.AddRange(File.ReadLines(path).Where(l => l.Length > 0 && !VisibleText.HasHidden(l)));
        if (_lines.Count <= MaxLines)
            return;
        _lines.RemoveRange(0, _lines.Count - MaxLines / 2);
        File.WriteAllLines(path, _lines);
    }

    private static void Append(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // History is a convenience: a read-only home must not disturb anyone.
        }
    }
}
