namespace Panicle.Cli;

/// <summary>Where a command writes its text. Writing stops the command when Ctrl-C was pressed.</summary>
internal sealed class TextOutput(TextWriter writer, int width, CancellationToken cancellation)
{
    /// <summary>The width in columns that text is arranged for; 80 where there is no terminal.</summary>
    public int Width => width;

    /// <summary>Writes a part of a line.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        cancellation.ThrowIfCancellationRequested();
        writer.Write(text);
    }

    public void Line(ReadOnlySpan<char> text = default)
    {
        Write(text);
        writer.Write('\n');
    }

    /// <summary>Shows what has been written so far: before a command waits for more input.</summary>
    public void Flush() => writer.Flush();
}
