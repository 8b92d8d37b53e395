namespace Panicle.Kernel.Tests.Sources;

/// <summary>The repository's C# files, for tests that look into them.</summary>
internal static class SourceTree
{
    /// <summary>The directory that the solution lies in.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>Every C# file below a folder of the repository, by its name from there on.</summary>
    public static IEnumerable<(string Name, string File)> In(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(Path.Combine(Root, folder), file).Replace('\\', '/'), file));

    /// <summary>Every C# file of the repository, by its name from the root on.</summary>
    public static IEnumerable<(string Name, string File)> All =>
        ((string[])["src", "tests", "lab", "bench"]).SelectMany(folder =>
            In(folder).Select(source => ($"{folder}/{source.Name}", source.File)));

    private static string Find(DirectoryInfo? folder)
    {
        while (!File.Exists(Path.Combine(folder!.FullName, "Panicle.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
