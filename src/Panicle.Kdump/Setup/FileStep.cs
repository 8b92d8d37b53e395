using Panicle.Formats.Files;

namespace Panicle.Kdump.Setup;

/// <summary>A file of Panicle's own, and perhaps a command that makes the system notice it.</summary>
/// <param name="path">The file.</param>
/// <param name="content">What is in it.</param>
/// <param name="purpose">What it is for.</param>
/// <param name="notice">The command that follows each change; empty for none.</param>
internal class FileStep(string path, string content, string purpose, params string[] notice) : SetupStep
{
    /// <summary>The mode of what anybody may read: it holds no secrets.</summary>
    public const UnixFileMode Readable = OutputFile.Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <inheritdoc/>
    public override string Description => $"{purpose}: {path}{Follow(notice)}";

    /// <inheritdoc/>
    public override IReadOnlyList<string[]> Commands => notice.Length > 0 ? [notice] : [];

    /// <summary>What follows a change, in words.</summary>
    public static string Follow(string[] notice) => notice.Length == 0 ? "" : $", then {string.Join(' ', notice)}";

    /// <summary>Whether a file is setup's.</summary>
    public static bool IsOwn(SystemRoot root, string path) =>
        root.TryRead(path)?.StartsWith(SetupPlan.Mark, StringComparison.Ordinal) == true;

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => root.TryRead(path) == content;

    /// <inheritdoc/>
    public override void Check(SystemRoot root)
    {
        if (File.Exists(root.PathOf(path)) && !IsOwn(root, path))
            throw new IOException($"{path} is there, and setup didn't write it: look what it is, and move it away");
    }

    /// <inheritdoc/>
    public override void Do(SystemRoot root, SetupRecord record)
    {
        Check(root);
        var file = root.PathOf(path);
        record.Add(DeedKind.File, path, "", "");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        OutputFile.Replace(file, content, Readable);
        SystemCommand.Run(root, [notice]);
    }
}
