using System.Text;

namespace Panicle.Cli;

/// <summary>A word of a line.</summary>
/// <param name="Text">The word with its quotes taken off.</param>
/// <param name="Raw">The word as typed.</param>
/// <param name="IsQuoted">Whether it starts with a quote, and so is no option and no operator.</param>
internal readonly record struct Word(string Text, string Raw, bool IsQuoted);

/// <summary>
/// A line of the shell taken apart: words, and what is for the system's shell to do with the output. A bar or an angle
/// within quotes or parentheses belongs to the command, and so does the angle of <c>-></c>, since commands take C expressions.
/// </summary>
/// <param name="Words">The command's name and its arguments.</param>
/// <param name="Redirection">The rest of the line from the first <c>|</c> or <c>></c> on, operator included, or null.</param>
internal sealed record CommandLine(IReadOnlyList<Word> Words, string? Redirection)
{
    /// <summary>The command's name, "" for an empty line.</summary>
    public string Name => Words.Count > 0 ? Words[0].Text : "";

    /// <summary>The words after the name.</summary>
    public IReadOnlyList<Word> Arguments => [.. Words.Skip(1)];

    /// <summary>Takes a line apart. Never fails: a quote that isn't closed is a character as any other.</summary>
    public static CommandLine Parse(string line)
    {
        var words = new List<Word>();
        var position = 0;
        var depth = 0;
        while (true)
        {
            while (position < line.Length && char.IsWhiteSpace(line[position]))
                position++;
            if (position == line.Length)
                return new CommandLine(words, null);
            var start = position;
            var text = ReadWord(line, ref position, ref depth);
            if (position > start)
                words.Add(new Word(text, line[start..position], line[start] is '"' or '\''));
            if (depth == 0 && IsOperator(line, position))
                return new CommandLine(words, line[position..].Trim());
        }
    }

    private static string ReadWord(string line, ref int position, ref int depth)
    {
        var text = new StringBuilder();
        for (; position < line.Length && !char.IsWhiteSpace(line[position]); position++)
        {
            var c = line[position];
            if (c is '"' or '\'' && line.IndexOf(c, position + 1) is var close and > 0)
            {
                text.Append(line, position + 1, close - position - 1);
                position = close;
                continue;
            }
            if (depth == 0 && IsOperator(line, position))
                break;
            if (c == '(')
                depth++;
            else if (c == ')' && depth > 0)
                depth--;
            text.Append(c);
        }
        return text.ToString();
    }

    private static bool IsOperator(string line, int position) =>
        position < line.Length && line[position] switch
        {
            '|' => true,
            '>' => position == 0 || line[position - 1] != '-',
            _ => false,
        };
}
