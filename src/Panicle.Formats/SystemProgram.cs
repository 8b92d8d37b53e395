namespace Panicle.Formats;

/// <summary>
/// Where the system's programs lie. What is run by a bare name may be a file of the current directory, which somebody else may
/// have put there: a helper is only ever started by the path that this gives.
/// </summary>
public static class SystemProgram
{
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly string[] Directories =
        ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];

    /// <summary>The absolute path of a program, or null where the system has none of that name.</summary>
    public static string? Find(string name) =>
        Find(name, Environment.GetEnvironmentVariable("PATH"), Environment.CurrentDirectory);

    /// <summary>
    /// The same with another PATH: the system's own directories come first, then the PATH's that are absolute and aren't the
    /// current one.
    /// </summary>
    internal static string? Find(string name, string? path, string current)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal))
            return null;
        return Directories.Concat((path ?? "").Split(':').Where(entry => IsTrusted(entry, current)))
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(IsProgram);
    }

    private static bool IsTrusted(string directory, string current) =>
        directory.StartsWith('/') && !directory.StartsWith("/proc/", StringComparison.Ordinal)
            && Target(directory) != Target(current);

    private static string Target(string directory)
    {
        try
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
            return Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return directory;
        }
    }

    private static bool IsProgram(string path)
    {
        try
        {
            return File.Exists(path) && (File.GetUnixFileMode(path) & Execute) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
