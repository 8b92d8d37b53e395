namespace Panicle.Cli.Tests;

/// <summary>Files of the repository that the tests run in.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>A file by its path from the root.</summary>
    public static string Path(string path) => System.IO.Path.Combine(Root, path);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Panicle.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("the tests don't run within the repository");
    }
}
