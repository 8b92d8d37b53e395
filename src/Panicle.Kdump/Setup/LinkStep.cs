namespace Panicle.Kdump.Setup;

/// <summary>A symbolic link, such as those that enable a unit.</summary>
/// <param name="path">The link.</param>
/// <param name="target">Where it leads.</param>
/// <param name="purpose">What it is for.</param>
/// <param name="needed">The step that makes what it leads to.</param>
internal sealed class LinkStep(string path, string target, string purpose, SetupStep needed) : SetupStep
{
    /// <inheritdoc/>
    public override IReadOnlyList<SetupStep> Needed => [needed];

    /// <inheritdoc/>
    public override string Description => $"{purpose}: {path}";

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => new FileInfo(root.PathOf(path)).LinkTarget == target;

    /// <inheritdoc/>
    public override void Check(SystemRoot root)
    {
        if (new FileInfo(root.PathOf(path)) is { Exists: true } found)
            throw new IOException($"{path} is there already{(found.LinkTarget is { } other ? $" and leads to {other}" : "")}: "
                + "look what it is, and remove it");
    }

    /// <inheritdoc/>
    public override void Do(SystemRoot root, SetupRecord record)
    {
        Check(root);
        var link = root.PathOf(path);
        record.Add(DeedKind.Link, path, target, "");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, target);
    }
}
