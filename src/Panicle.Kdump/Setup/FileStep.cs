namespace Panicle.Kdump.Setup;

/// <summary>A file of Panicle's own, and perhaps a command that makes the system notice it.</summary>
/// <param name="path">The file.</param>
/// <param name="content">What is in it.</param>
/// <param name="purpose">What it is for.</param>
/// <param name="notice">The command that follows each change; empty for none.</param>
internal sealed class FileStep(string path, string content, string purpose, params string[] notice) : SetupStep
{
    /// <inheritdoc/>
    public override string Description => $"{purpose}: {path}{Follow}";

    /// <inheritdoc/>
    public override string Undoing => $"remove {path}{Follow}";

    private string Follow => notice.Length == 0 ? "" : $", then {string.Join(' ', notice)}";

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => root.TryRead(path) == content;

    /// <inheritdoc/>
    public override void Do(SystemRoot root)
    {
        var file = root.PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        SystemCommand.Run(root, notice);
    }

    /// <inheritdoc/>
    public override void Undo(SystemRoot root)
    {
        if (!root.HasFile(path))
            return;
        File.Delete(root.PathOf(path));
        SystemCommand.Run(root, notice);
    }
}
