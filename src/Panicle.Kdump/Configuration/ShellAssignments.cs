using System.Text;

namespace Panicle.Kdump.Configuration;

/// <summary>One <c>NAME=value</c> of a file of shell assignments.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">The value, its quotes taken off and variables of the same file put in.</param>
/// <param name="Line">The line, from 1.</param>
internal readonly record struct ShellAssignment(string Name, string Value, int Line);

/// <summary>
/// Reads files of shell assignments, such as those in <c>/etc/default</c> and <c>/etc/sysconfig</c>, without running them:
/// quotes, escapes, comments, continued lines, and variables that the same file set before. Commands aren't run.
/// </summary>
internal static class ShellAssignments
{
    /// <summary>Reads the assignments; lines that are none come back in <paramref name="others"/>.</summary>
    public static IReadOnlyList<ShellAssignment> Read(
        IReadOnlyList<string> lines, out IReadOnlyList<(int Line, string Text)> others)
    {
        var found = new List<ShellAssignment>();
        var strange = new List<(int, string)>();
        var variables = new Dictionary<string, string>();
        for (var i = 0; i < lines.Count; i++)
        {
            var first = i;
            var text = lines[i];
            while (text.EndsWith('\\') && i + 1 < lines.Count)
                text = text[..^1] + lines[++i];
            text = text.Trim();
            if (text.StartsWith("export ", StringComparison.Ordinal))
                text = text["export ".Length..].TrimStart();
            var sign = text.IndexOf('=', StringComparison.Ordinal);
            if (text.Length == 0 || text[0] == '#')
                continue;
            if (sign <= 0 || !text[..sign].All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            {
                strange.Add((first + 1, text));
                continue;
            }
            var value = Unquote(text[(sign + 1)..], variables);
            variables[text[..sign]] = value;
            found.Add(new ShellAssignment(text[..sign], value, first + 1));
        }
        others = strange;
        return found;
    }

    private static string Unquote(string text, Dictionary<string, string> variables)
    {
        var value = new StringBuilder();
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quote == '\0' && (char.IsWhiteSpace(letter) || letter == ';'))
                break;
            if (letter == quote)
                quote = '\0';
            else if (quote == '\0' && letter is '"' or '\'' && quote == '\0')
                quote = letter;
            else if (letter == '\\' && quote != '\'' && i + 1 < text.Length)
                value.Append(text[++i]);
            else if (letter == '$' && quote != '\'')
                i = Expand(text, i, variables, value);
            else
                value.Append(letter);
        }
        return value.ToString();
    }

    // $NAME and ${NAME}; anything else behind the dollar stays as it is.
    private static int Expand(string text, int dollar, Dictionary<string, string> variables, StringBuilder value)
    {
        var braced = dollar + 1 < text.Length && text[dollar + 1] == '{';
        var start = dollar + (braced ? 2 : 1);
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            end++;
        if (end == start || (braced && (end == text.Length || text[end] != '}')))
        {
            value.Append('$');
            return dollar;
        }
        value.Append(variables.GetValueOrDefault(text[start..end], ""));
        return braced ? end : end - 1;
    }
}
