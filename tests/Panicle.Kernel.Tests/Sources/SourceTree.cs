namespace Panicle.Kernel.Tests.Sources;

/// <summary>The repository's C# files, for tests that look into them.</summary>
internal static class SourceTree
{
    /// <summary>Every C# file below a folder of the repository, by its name from there on.</summary>
    public static IEnumerable<(string Name, string File)> In(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Samples.Repository, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(Path.Combine(Samples.Repository, folder), file).Replace('\\', '/'), file));

    /// <summary>Every C# file of the repository, by its name from the root on.</summary>
    public static IEnumerable<(string Name, string File)> All =>
        ((string[])["src", "tests", "lab", "bench", "examples"]).SelectMany(folder =>
            In(folder).Select(source => ($"{folder}/{source.Name}", source.File)));
}
