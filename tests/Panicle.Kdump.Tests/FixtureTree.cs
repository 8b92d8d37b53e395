namespace Panicle.Kdump.Tests;

/// <summary>A tree of files that stands for a system.</summary>
internal sealed class FixtureTree : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("panicle-root");

    /// <summary>The tree as Panicle sees it.</summary>
    public SystemRoot Root => new(_directory.FullName);

    /// <summary>Puts a file into it.</summary>
    public FixtureTree With(string path, string content) => With(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Puts a file of bytes into it.</summary>
    public FixtureTree With(string path, byte[] content)
    {
        var full = Path.Combine(_directory.FullName, path.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return this;
    }

    /// <summary>Puts a symbolic link into it.</summary>
    public FixtureTree WithLink(string path, string target)
    {
        var full = Path.Combine(_directory.FullName, path.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
        return this;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
