namespace Panicle.Kdump.Setup;

/// <summary>A symbolic link, such as those that enable a unit.</summary>
/// <param name="path">The link.</param>
/// <param name="target">Where it leads.</param>
/// <param name="purpose">What it is for.</param>
internal sealed class LinkStep(string path, string target, string purpose) : SetupStep
{
    /// <inheritdoc/>
    public override string Description => $"{purpose}: {path}";

    /// <inheritdoc/>
    public override string Undoing => $"remove {path}";

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => new FileInfo(root.PathOf(path)).LinkTarget == target;

    /// <inheritdoc/>
    public override void Do(SystemRoot root)
    {
        var link = root.PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.Delete(link);
        File.CreateSymbolicLink(link, target);
    }

    /// <inheritdoc/>
    public override void Undo(SystemRoot root) => File.Delete(root.PathOf(path));
}
