namespace Panicle.Symbols;

/// <summary>A function and a line in it.</summary>
/// <param name="Function">The function's name, or null if it isn't known.</param>
/// <param name="File">The source file's path as the compiler had it, or null.</param>
/// <param name="Line">The line; 0 if the code belongs to none.</param>
/// <param name="Discriminator">Tells parts of one line apart that were compiled separately; mostly 0.</param>
/// <param name="IsInlined">Whether the function was inlined into the next frame's.</param>
public readonly record struct SourceFrame(string? Function, string? File, uint Line, uint Discriminator, bool IsInlined)
{
    /// <summary>The directory in which the compiler ran, if it is known.</summary>
    public string? Directory { get; init; }

    /// <summary>The file's path within that directory, where it lies there: <c>drivers/tty/sysrq.c</c>.</summary>
    public string? Name => Directory is { Length: > 0 } directory && File is { } file && file.Length > directory.Length
        && file[directory.Length] == '/' && file.StartsWith(directory, StringComparison.Ordinal)
        ? file[(directory.Length + 1)..]
        : File;
}
