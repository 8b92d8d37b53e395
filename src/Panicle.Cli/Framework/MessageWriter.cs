using System.Text;
using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>
/// Standard error: messages, notes, progress. What they quote is shown with <see cref="VisibleText"/>, and a message is one line.
/// A standard error that is full or closed changes nothing of what the program does: what can't be said isn't.
/// </summary>
internal sealed class MessageWriter(TextWriter inner) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>The process's standard error.</summary>
    public static MessageWriter ForProcess() =>
        new(new StreamWriter(new StandardOutput(2), new UTF8Encoding(false)) { AutoFlush = true });

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <summary>Writes text of several lines, or of a line that is written over (with a carriage return before it).</summary>
    public override void Write(string? value)
    {
        var text = value ?? "";
        var start = text.StartsWith('\r') ? "\r" : "";
        Put(start + string.Join('\n', text[start.Length..].Split('\n').Select(VisibleText.Line)));
    }

    /// <inheritdoc/>
    public override void WriteLine() => Put("\n");

    /// <summary>Writes a message, which is one line whatever it quotes.</summary>
    public override void WriteLine(string? value) => Put(VisibleText.Line(value ?? "") + "\n");

    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<char> buffer) => WriteLine(buffer.ToString());

    /// <inheritdoc/>
    public override void Flush() => Put("");

    private void Put(string text)
    {
        try
        {
            inner.Write(text);
            inner.Flush();
        }
        catch (IOException)
        {
            // There is nobody to tell.
        }
    }
}
