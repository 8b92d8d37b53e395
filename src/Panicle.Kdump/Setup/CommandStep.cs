namespace Panicle.Kdump.Setup;

/// <summary>A change that the distribution's own tool makes.</summary>
/// <param name="purpose">What it is for.</param>
/// <param name="isDone">Whether the system is so already.</param>
/// <param name="commands">What does it.</param>
/// <param name="undoing">What takes it back.</param>
internal sealed class CommandStep(
    string purpose, Func<SystemRoot, bool> isDone, string[][] commands, string[][] undoing) : SetupStep
{
    /// <inheritdoc/>
    public override string Description => $"{purpose}: {Join(commands)}";

    /// <inheritdoc/>
    public override string Undoing => Join(undoing);

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => isDone(root);

    /// <inheritdoc/>
    public override void Do(SystemRoot root) => Array.ForEach(commands, command => SystemCommand.Run(root, command));

    /// <inheritdoc/>
    public override void Undo(SystemRoot root) => Array.ForEach(undoing, command => SystemCommand.Run(root, command));

    private static string Join(string[][] commands) => string.Join("; ", commands.Select(command => string.Join(' ', command)));
}
