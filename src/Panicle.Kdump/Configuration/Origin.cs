namespace Panicle.Kdump.Configuration;

/// <summary>Where a value of the configuration stands.</summary>
/// <param name="File">The file, or "default" or "command line".</param>
/// <param name="Line">Its line, from 1; 0 where there are no lines.</param>
public readonly record struct Origin(string File, int Line)
{
    /// <summary>What holds if nobody says anything.</summary>
    public static readonly Origin Default = new("default", 0);

    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
