using System.Buffers;
using System.Text;

namespace Panicle.Kdump.Configuration;

/// <summary>A word or an operator of a shell command.</summary>
/// <param name="Text">
/// The word with its quotes taken off and its variables put in; of an assignment what follows the sign.
/// </param>
/// <param name="Raw">As it stands in the file.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record ShellWord(string Text, string Raw, int Line)
{
    /// <summary>Whether it separates commands: a newline, <c>;</c>, <c>&amp;&amp;</c>, a parenthesis…</summary>
    public bool IsOperator { get; init; }

    /// <summary>The variable, if the word is an assignment.</summary>
    public string? Name { get; init; }

    /// <summary>Why its value isn't known, as a clause; null if it is.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>Whether nothing in it is quoted or expanded: only such a word is a keyword.</summary>
    public bool IsPlain => Name is null && Text == Raw;
}

/// <summary>
/// Cuts the text of a shell script into words and operators, with quotes, escapes, comments and variables as POSIX has them. Runs
/// nothing: a word with a command in it has no known value.
/// </summary>
internal sealed class ShellWords(string text)
{
    // What makes the default of ${NAME:-DEFAULT} more than plain text.
    private static readonly SearchValues<char> Special = SearchValues.Create("$`\"'\\{\n~");

    // Longer than any value of a configuration; names that are put together from each other grow without end.
    private const int MostLength = 1 << 16;

    private readonly Dictionary<string, string?> _variables = [];
    private readonly StringBuilder _value = new();
    private int _at;
    private int _line = 1;
    private string? _why;

    /// <summary>What is to be said of words: quotes without an end, variables that nothing sets.</summary>
    public List<ShellRemark> Remarks { get; } = [];

    /// <summary>Remembers a variable's value; null if it isn't known.</summary>
    public void Set(string name, string? value) => _variables[name] = value;

    /// <summary>The next word or operator; null at the end.</summary>
    public ShellWord? Next()
    {
        SkipBlanks();
        if (_at >= text.Length)
            return null;
        return Operator() ?? Word();
    }

    private char At(int offset = 0) => _at + offset < text.Length ? text[_at + offset] : '\0';

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (At() is ' ' or '\t')
                _at++;
            else if (At() == '\\' && At(1) == '\n')
                (_at, _line) = (_at + 2, _line + 1);
            else if (At() == '#')
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length; // A backslash does not continue a comment.
            else
                return;
        }
    }

    private ShellWord? Operator()
    {
        if (!IsOperator(At()))
            return null;
        var length = At() is '&' or '|' or ';' && At(1) == At() ? 2 : 1;
        var found = text.Substring(_at, length);
        _at += length;
        var word = new ShellWord(found, found, _line) { IsOperator = true };
        if (found == "\n")
            _line++;
        return word;
    }

    private static bool IsOperator(char letter) => letter is '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private ShellWord Word()
    {
        var (start, line) = (_at, _line);
        var equals = AssignmentSign();
        string? name = null;
        if (equals > 0)
        {
            name = text[start..equals];
            _at = equals + 1;
        }
        _value.Clear();
        _why = null;
        if (At() == '~')
            _why = "~ stands for a home directory";
        while (_at < text.Length && At() is not (' ' or '\t') && !IsOperator(At()))
            Piece();
        if (_value.Length > MostLength)
            _why = $"it is longer than {MostLength} characters";
        if (name is not null && _value.ToString().Any(letter => char.IsControl(letter) && letter is not ('\n' or '\t')))
            _why ??= "it holds a control character, such as a carriage return";
        return new ShellWord(_why is null ? _value.ToString() : "", text[start.._at], line) { Name = name, WhyUnknown = _why };
    }

    // Where the '=' of NAME= stands, or -1.
    private int AssignmentSign()
    {
        var end = _at;
        while (end < text.Length
            && (char.IsAsciiLetter(text[end]) || text[end] == '_' || (end > _at && char.IsAsciiDigit(text[end]))))
            end++;
        return end > _at && end < text.Length && text[end] == '=' ? end : -1;
    }

    private void Piece()
    {
        switch (At())
        {
            case '\\':
                if (At(1) == '\n')
                    _line++;
                else if (_at + 1 < text.Length)
                    Append(At(1));
                _at += 2;
                break;
            case '\'':
                SingleQuoted();
                break;
            case '"':
                DoubleQuoted();
                break;
            case '$' or '`':
                Expansion();
                break;
            default:
                Append(text[_at++]);
                break;
        }
        _at = Math.Min(_at, text.Length);
    }

    private void Append(char letter)
    {
        if (_value.Length <= MostLength)
            _value.Append(letter);
    }

    private void SingleQuoted()
    {
        var line = _line;
        for (_at++; _at < text.Length && At() != '\''; _at++)
        {
            if (At() == '\n')
                _line++;
            Append(At());
        }
        Close(line, "'");
    }

    private void DoubleQuoted()
    {
        var line = _line;
        _at++;
        while (_at < text.Length && At() != '"')
        {
            if (At() is '$' or '`')
            {
                Expansion();
                continue;
            }
            // Within double quotes a backslash is one unless it stands before what would mean something.
            if (At() == '\\' && At(1) is '$' or '`' or '"' or '\\' or '\n')
                _at++;
            if (At() == '\n')
                _line++;
            if (At() != '\n' || text[_at - 1] != '\\')
                Append(At());
            _at++;
        }
        Close(line, "\"");
    }

    private void Close(int line, string what)
    {
        if (_at < text.Length)
            _at++;
        else
            Break(line, what);
    }

    private void Break(int line, string what)
    {
        _why = $"the {what} in line {line} has no end";
        Remarks.Add(new ShellRemark(line, $"{what} has no end: the shell reads no more of the file than what stands before it"));
        _at = text.Length;
    }

    private void Expansion()
    {
        if (At() == '`')
            Command(_at, FindBacktick());
        else if (At(1) == '(')
            Command(_at, FindParenthesis(_at + 1));
        else if (At(1) == '{')
            Braced();
        else if (char.IsAsciiLetter(At(1)) || At(1) == '_')
        {
            var start = ++_at;
            while (char.IsAsciiLetterOrDigit(At()) || At() == '_')
                _at++;
            Variable(text[start.._at], null);
        }
        else if (At(1) is '\0' or ' ' or '\t' or '\n' or '"' or '/' or ':' or '.' or ',')
            Append(text[_at++]);
        else
        {
            _why ??= $"${At(1)} depends on who reads the file";
            _at += 2;
        }
    }

    private void Command(int start, int end)
    {
        var line = _line;
        if (end < 0)
        {
            Break(line, text[start] == '`' ? "`" : "$(");
            return;
        }
        _why ??= $"{text[start..end]} is a command, and Panicle runs none of this file";
        _line += text.AsSpan(start, end - start).Count('\n');
        _at = end;
    }

    private int FindBacktick()
    {
        for (var i = _at + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '`')
                return i + 1;
        }
        return -1;
    }

    private int FindParenthesis(int open)
    {
        var depth = 0;
        var quote = '\0';
        for (var i = open; i < text.Length; i++)
        {
            var letter = text[i];
            if (letter == '\\' && quote != '\'')
                i++;
            else if (quote != '\0')
                quote = letter == quote ? '\0' : quote;
            else if (letter is '"' or '\'')
                quote = letter;
            else if (letter == '(')
                depth++;
            else if (letter == ')' && --depth == 0)
                return i + 1;
        }
        return -1;
    }

    // ${NAME}, and ${NAME:-text} with text that needs nothing done to it.
    private void Braced()
    {
        var start = _at;
        var end = text.IndexOf('}', _at);
        if (end < 0)
        {
            Break(_line, "${");
            return;
        }
        var inside = text[(start + 2)..end];
        var length = 0;
        while (length < inside.Length && (char.IsAsciiLetterOrDigit(inside[length]) || inside[length] == '_'))
            length++;
        var rest = inside[length..].TrimStart(':');
        var isPlain = rest.Length == 0 && length == inside.Length;
        var hasDefault = rest.StartsWith('-') && !rest.AsSpan().ContainsAny(Special);
        if (length > 0 && (isPlain || hasDefault))
            Variable(inside[..length], isPlain ? null : rest[1..]);
        else
            _why ??= $"{text[start..(end + 1)]} is more than a variable";
        _line += inside.AsSpan().Count('\n');
        _at = end + 1;
    }

    private void Variable(string name, string? otherwise)
    {
        if (!_variables.TryGetValue(name, out var value))
        {
            if (otherwise is null)
                Remarks.Add(new ShellRemark(_line, $"{name} is set nowhere before; it is taken to be empty"));
            value = otherwise;
        }
        else if (value is null)
            _why ??= $"the value of {name} isn't known";
        else if (value.Length == 0 && otherwise is not null)
            value = otherwise;
        if (value is not null && _value.Length <= MostLength)
            _value.Append(value);
    }
}
