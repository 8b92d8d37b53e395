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

    /// <summary>Whether the assignment adds to what the variable holds (<c>NAME+=</c>, of bash).</summary>
    public bool IsAppended { get; init; }

    /// <summary>Why its value isn't known, as a clause; null if it is.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>The word as it may be shown: what a variable for a secret is set to is left out.</summary>
    public string Shown => Secrets.IsName(Raw.Split('=')[0]) && Raw.Contains('=', StringComparison.Ordinal)
        ? $"{Raw.Split('=')[0]}=…"
        : Raw;

    /// <summary>Whether it holds an expansion outside quotes, which a shell may take for several words.</summary>
    public bool IsSplit { get; init; }

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
    private const int MostLength = 1 << 13;
    private const int MostTogether = 1 << 22;
    private const int MostShown = 60;

    // What the shell itself or whoever starts it sets.
    private static readonly string[] Elsewhere =
    [
        "COPROC", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HOME", "HOSTNAME", "HOSTTYPE",
        "IFS", "INVOCATION_ID", "LANG", "LINENO", "LOGNAME", "MACHTYPE", "MAPFILE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND",
        "OSTYPE", "PATH", "PIPESTATUS", "PPID", "PS1", "PS2", "PS4", "PWD", "RANDOM", "REPLY", "SECONDS", "SHELL", "SHLVL",
        "SRANDOM", "TERM", "TMPDIR", "UID", "USER", "_",
    ];

    // Here-documents that begin with the next line.
    private readonly Queue<(string End, bool IsIndented, bool IsQuoted)> _documents = [];
    private readonly Dictionary<string, string?> _variables = [];
    private readonly StringBuilder _value = new();
    private int _at;
    private int _line = 1;
    private string? _why;
    private bool _isSecret;
    private bool _isSplit;
    private bool _isForgotten; // What isn't in the list may hold anything.
    private int _together;

    /// <summary>What is to be said of words: quotes without an end, variables that nothing sets.</summary>
    public List<ShellRemark> Remarks { get; } = [];

    /// <summary>Variables that an expansion may have set (<c>${NAME:=text}</c>), and where.</summary>
    public List<(string Name, int Line)> SetByExpansion { get; } = [];

    /// <summary>
    /// The line of a quote or a substitution without an end, for which the shell refuses the file; null for none.
    /// </summary>
    public int? BrokenAt { get; private set; }

    /// <summary>The line of an expansion that may end the file (<c>${NAME?text}</c>); null for none.</summary>
    public int? MayEndAt { get; private set; }

    /// <summary>A variable's value; null if it isn't known, "" if nothing set it.</summary>
    public string? ValueOf(string name) => _variables.TryGetValue(name, out var value) ? value : _isForgotten ? null : "";

    /// <summary>Whether anything set the variable, to whatever.</summary>
    public bool IsSet(string name) => _variables.ContainsKey(name);

    /// <summary>Takes every variable for one that may hold anything, those that nothing set yet too.</summary>
    public void Forget()
    {
        _variables.Clear();
        _isForgotten = true;
    }

    /// <summary>What could be names of variables in a text.</summary>
    public static IEnumerable<string> NamesIn(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
                at++;
            if (at > start && !char.IsAsciiDigit(text[start]))
                yield return text[start..at];
        }
    }

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
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length; // No backslash continues a comment.
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
        {
            _line++;
            while (_documents.TryDequeue(out var document))
                SkipDocument(document.End, document.IsIndented, document.IsQuoted);
        }
        else if (found == "<" && At() == '<' && At(1) != '<')
        {
            BeginDocument();
            return word with { Text = "<<" };
        }
        return word;
    }

    // <<END or <<-END: lines that a command is given, up to one that is END.
    private void BeginDocument()
    {
        _at++;
        var isIndented = At() == '-';
        _at += isIndented ? 1 : 0;
        while (At() is ' ' or '\t')
            _at++;
        if (_at >= text.Length || IsOperator(At()))
            return;
        var known = SetByExpansion.Count;
        var raw = Word().Raw;
        SetByExpansion.RemoveRange(known, SetByExpansion.Count - known); // It isn't expanded.
        var end = raw.Replace("\\", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)
            .Replace("'", "", StringComparison.Ordinal);
        _documents.Enqueue((end, isIndented, raw != end));
    }

    // Expansions that set variables, or end the file, in a text that is expanded.
    private void FindSettings(string line, int number)
    {
        for (var at = 0; line.IndexOf("${", at, StringComparison.Ordinal) is >= 0 and var start; at = start + 1)
        {
            var end = start + 2;
            while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] == '_'))
                end++;
            var sign = end < line.Length && line[end] == ':' ? end + 1 : end;
            if (sign < line.Length && line[sign] == '=' && end > start + 2)
            {
                _variables[line[(start + 2)..end]] = null;
                SetByExpansion.Add((line[(start + 2)..end], number));
            }
            else if (sign < line.Length && line[sign] == '?')
                MayEndAt ??= number;
        }
        if (line.IndexOf("$((", StringComparison.Ordinal) is >= 0 and var calculation)
            FindCalculated(line[calculation..], number);
    }

    // What is calculated may be kept in a variable.
    private void FindCalculated(string calculation, int number)
    {
        if (!calculation.Contains('=', StringComparison.Ordinal) && !calculation.Contains("++", StringComparison.Ordinal)
            && !calculation.Contains("--", StringComparison.Ordinal))
            return;
        foreach (var name in NamesIn(calculation))
        {
            _variables[name] = null;
            SetByExpansion.Add((name, number));
        }
    }

    private void SkipDocument(string end, bool isIndented, bool isQuoted)
    {
        var first = _line - 1;
        while (_at < text.Length)
        {
            var next = text.IndexOf('\n', _at) is >= 0 and var found ? found : text.Length;
            var line = text[_at..next];
            _at = Math.Min(next + 1, text.Length);
            _line++;
            if ((isIndented ? line.TrimStart('\t') : line) == end)
                return;
            if (!isQuoted)
                FindSettings(line, _line - 1);
        }
        Remarks.Add(new ShellRemark(first, $"the text that begins here and should end with a line '{end}' has no end"));
    }

    private static bool IsOperator(char letter) => letter is '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private ShellWord Word()
    {
        var (start, line) = (_at, _line);
        var equals = AssignmentSign();
        string? name = null;
        var isAppended = false;
        if (equals > 0)
        {
            isAppended = text[equals - 1] == '+';
            name = text[start..(isAppended ? equals - 1 : equals)];
            _at = equals + 1;
        }
        _value.Clear();
        (_why, _isSplit) = (null, false);
        _isSecret = name is not null && Secrets.IsName(name);
        if (At() == '~')
            _why = "~ stands for a home directory";
        if (name is not null && At() == '(')
            Array();
        while (_at < text.Length && At() is not (' ' or '\t') && !IsOperator(At()))
        {
            if (name is not null && At() == '~' && text[_at - 1] == ':')
                _why ??= "~ stands for a home directory";
            Piece();
        }
        if (_value.Length > MostLength)
            _why = $"it is longer than {MostLength} characters";
        else if ((_together += _value.Length) > MostTogether)
            _why = "the values of this file are too long together";
        if (name is not null && _value.ToString().Any(letter => char.IsControl(letter) && letter is not ('\n' or '\t')))
            _why ??= "it holds a control character, such as a carriage return";
        return new ShellWord(_why is null ? _value.ToString() : "", text[start.._at], line)
        {
            Name = name,
            IsAppended = isAppended,
            IsSplit = _isSplit,
            WhyUnknown = _why,
        };
    }

    private void Array()
    {
        _why = "it is an array, which only bash knows";
        var end = FindParenthesis(_at);
        if (end < 0)
            Break(_line, "(");
        else
        {
            _line += text.AsSpan(_at, end - _at).Count('\n');
            _at = end;
        }
    }

    // Where the '=' of NAME= or NAME+= stands, or -1.
    private int AssignmentSign()
    {
        var end = _at;
        while (end < text.Length
            && (char.IsAsciiLetter(text[end]) || text[end] == '_' || (end > _at && char.IsAsciiDigit(text[end]))))
            end++;
        var sign = end < text.Length && text[end] == '+' ? end + 1 : end;
        return end > _at && sign < text.Length && text[sign] == '=' ? sign : -1;
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
            case '$' when At(1) is '\'' or '"':
                _why ??= $"$ before a quote means something to bash alone";
                _at++;
                break;
            case '$' or '`':
                _isSplit = true;
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
        BrokenAt = line;
        Remarks.Add(new ShellRemark(line, $"{what} has no end: the shell refuses the file"));
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
            Variable(text[start.._at], null, countsEmpty: false);
        }
        else if (char.IsAsciiDigit(At(1)) || At(1) is '@' or '*' or '#' or '?' or '-' or '$' or '!')
        {
            _why ??= $"${At(1)} depends on who reads the file";
            _at += 2;
        }
        else
            Append(text[_at++]);
    }

    private void Command(int start, int end)
    {
        var line = _line;
        if (end < 0)
        {
            Break(line, text[start] == '`' ? "`" : "$(");
            return;
        }
        _why ??= $"{Excerpt(start, end)} is a command, and Panicle runs none of this file";
        if (text.AsSpan(start).StartsWith("$(("))
            FindCalculated(text[start..end], line);
        _line += text.AsSpan(start, end - start).Count('\n');
        _at = end;
    }

    private string Excerpt(int start, int end) =>
        _isSecret ? "what stands there" : end - start > MostShown ? $"{text.AsSpan(start, MostShown)}…" : text[start..end];

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
        var isPlain = length == inside.Length;
        var rest = isPlain ? "" : inside[length] == ':' ? inside[(length + 1)..] : inside[length..];
        var hasDefault = rest.StartsWith('-') && !rest.AsSpan().ContainsAny(Special);
        if (length > 0 && (isPlain || hasDefault))
            Variable(inside[..length], isPlain ? null : rest[1..], countsEmpty: !isPlain && inside[length] == ':');
        else
            _why ??= $"{Excerpt(start, end + 1)} is more than a variable";
        FindSettings(inside, _line);
        if (rest.StartsWith('?'))
            MayEndAt ??= _line;
        if (length > 0 && rest.StartsWith('='))
        {
            _variables[inside[..length]] = null;
            SetByExpansion.Add((inside[..length], _line));
        }
        _line += inside.AsSpan().Count('\n');
        _at = end + 1;
    }

    private void Variable(string name, string? otherwise, bool countsEmpty)
    {
        if (!_variables.TryGetValue(name, out var value))
        {
            if (_isForgotten)
                _why ??= $"the value of {name} isn't known";
            else if (Elsewhere.Contains(name) || name.StartsWith("BASH", StringComparison.Ordinal))
                _why ??= $"${name} depends on who reads the file";
            else if (otherwise is null)
                Remarks.Add(new ShellRemark(_line, $"{name} is set nowhere before; it is taken to be empty"));
            value = otherwise;
        }
        else if (value is null)
            _why ??= $"the value of {name} isn't known";
        else if (value.Length == 0 && otherwise is not null && countsEmpty)
            value = otherwise;
        if (value is not null && _value.Length <= MostLength)
            _value.Append(value);
    }
}
