using Panicle.Formats.Elf;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// Where a system's loader looks for libraries: its own places, and those that <c>/etc/ld.so.conf</c> adds (ld.so(8)).
/// </summary>
internal sealed class LibraryDirectories(SystemRoot root)
{
    private const int MostFiles = 200;

    // The loader of each distribution knows only its own among these without being told.
    private static readonly string[] Standard =
    [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        "/lib/powerpc64le-linux-gnu", "/usr/lib/powerpc64le-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    ];

    private IReadOnlyList<string>? _directories;

    /// <summary>
    /// The path of a library for a machine, or null; those of another machine are passed over, as the loader does.
    /// </summary>
    public string? Find(string name, ushort machine, IEnumerable<string> before) =>
        name.Contains('/', StringComparison.Ordinal)
            ? root.HasFile(name) ? name : null
            : before.Concat(_directories ??= [.. Standard, .. Configured()]).Select(directory => $"{directory}/{name}")
                .FirstOrDefault(path => IsFor(path, machine));

    private bool IsFor(string path, ushort machine)
    {
        if (!root.HasFile(path))
            return false;
        try
        {
            using var file = File.OpenHandle(root.Real(path));
            var bytes = new byte[ElfHeader.Bytes];
            return RandomAccess.Read(file, bytes, 0) == bytes.Length && ElfHeader.TryRead(bytes, out var header)
                && header.Machine == machine && header.Is64Bit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private List<string> Configured()
    {
        var found = new List<string>();
        var files = new List<string> { "/etc/ld.so.conf" };
        for (var i = 0; i < Math.Min(files.Count, MostFiles); i++)
        {
            foreach (var line in root.ReadLines(files[i]).Select(line => line.Split('#')[0].Trim()))
            {
                if (line.StartsWith("include ", StringComparison.Ordinal))
                    files.AddRange(Included(line["include ".Length..].Trim(), files[i]));
                else if (line.StartsWith('/'))
                    found.Add(line.TrimEnd('/'));
            }
        }
        return found;
    }

    // Wildcards stand in the last part: include ld.so.conf.d/*.conf.
    private IReadOnlyList<string> Included(string pattern, string from)
    {
        var path = pattern.StartsWith('/') ? pattern : $"{Path.GetDirectoryName(from)}/{pattern}";
        return root.FilesIn(Path.GetDirectoryName(path)!, Path.GetFileName(path));
    }
}
