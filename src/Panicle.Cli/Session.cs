namespace Panicle.Cli;

/// <summary>The open dump and what the shell remembers between commands.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>The files given on the command line, in their order; empty without a dump.</summary>
    public IReadOnlyList<string> Paths { get; private set; } = [];

    /// <summary>The settings.</summary>
    public Settings Settings { get; } = new();

    /// <summary>Whether <c>quit</c> was said.</summary>
    public bool IsEnding { get; set; }

    /// <summary>A session without a dump: for <c>help</c> and for verbs.</summary>
    public static Session Empty() => new();

    /// <summary>Opens a dump, and the vmlinux if there is one, told apart by content; several dump files are a split set.</summary>
    public void Open(IReadOnlyList<string> paths) => Paths = paths;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
