using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>
/// Where a command writes its text. Writing stops the command when Ctrl-C was pressed. Whatever is written is shown with
/// <see cref="VisibleText"/>, here and nowhere else: no command can forget it.
/// </summary>
internal sealed class TextOutput(TextWriter writer, int width, CancellationToken cancellation)
{
    /// <summary>The width in columns that text is arranged for; 80 where there is no terminal.</summary>
    public int Width => width;

    /// <summary>Writes a part of a line. Only <see cref="Line"/> ends one: a newline in a value doesn't.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        cancellation.ThrowIfCancellationRequested();
        VisibleText.Write(text, writer);
    }

    public void Line(ReadOnlySpan<char> text = default)
    {
        Write(text);
        writer.Write('\n');
    }

    /// <summary>Writes lines that Panicle has arranged itself: help, a script, what commands have written.</summary>
    public void Lines(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            Line(text[..end]);
            text = text[(end + 1)..];
        }
        Write(text);
    }

    /// <summary>Writes a value of several lines, and ends the last.</summary>
    public void Block(ReadOnlySpan<char> text)
    {
        Lines(text);
        Line();
    }

    /// <summary>Writes bytes of a dump as they are, for programs that want them so.</summary>
    public void Raw(ReadOnlySpan<char> text)
    {
        cancellation.ThrowIfCancellationRequested();
        writer.Write(text);
    }

    /// <summary>Shows what has been written so far: before a command waits for more input.</summary>
    public void Flush() => writer.Flush();
}
