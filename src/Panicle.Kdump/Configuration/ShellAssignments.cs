using System.Buffers;

namespace Panicle.Kdump.Configuration;

/// <summary>One <c>NAME=value</c> of a file of shell assignments.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">What the shell would give it; "" where that isn't known.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="WhyUnknown">Why the value isn't known without running the file, as a clause; null if it is.</param>
internal readonly record struct ShellAssignment(string Name, string Value, int Line, string? WhyUnknown = null);

/// <summary>What is to be said of a file of shell assignments, beside the assignments.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Message">What, in a sentence.</param>
internal readonly record struct ShellRemark(int Line, string Message);

/// <summary>
/// Reads files of shell assignments, such as those in <c>/etc/default</c> and <c>/etc/sysconfig</c>, as a POSIX shell does (XCU
/// chapter 2, "Shell Command Language") but without running anything: several commands in a line, quotes over several lines,
/// comments, continued lines, and variables that the same file set before. What depends on a command, on a condition or on a
/// variable from elsewhere is unknown, and says why.
/// </summary>
internal sealed class ShellAssignments
{
    // What makes more than one word of an unquoted value, or file names of it.
    private static readonly SearchValues<char> Splitting = SearchValues.Create(" \t\n*?[");

    private static readonly SearchValues<char> Patterns = SearchValues.Create("*?[");

    private const string Conditional = "it stands in a condition or a loop, which Panicle doesn't run";

    private const int MostShown = 12; // Words of a command.

    private const string Elsewhere = "it is set in another process";
    private const string OfBash = "+= means something to bash alone";

    private static readonly string[] Declaring = ["export", "readonly"];
    private static readonly string[] Harmless = [":", "true", "umask", "test", "["];
    private static readonly string[] HarmlessOptions = ["-a", "+a", "-x", "+x", "+e", "+u", "-h"]; // Of set.
    private static readonly string[] Reading = [".", "source", "eval"];
    private static readonly string[] Ending = ["exit", "return", "exec"];
    private static readonly string[] Prefixes = ["command", "builtin", "time"]; // The command is what follows.

    // Commands of the shell's own that set the variables whose names they are given.
    private static readonly string[] Setting =
    [
        "read", "getopts", "printf", "mapfile", "readarray", "let", "local", "typeset", "declare", "wait", "coproc", "compgen",
    ];

    // After them a command may be another than it looks, or run at any time.
    private static readonly string[] Bending = ["alias", "unalias", "trap", "enable", "shopt", "set", "hash", "fc"];

    private readonly ShellWords _words;
    private readonly bool _isBash;
    private readonly IReadOnlyCollection<string> _known;
    private readonly List<ShellAssignment> _found = [];
    private readonly List<ShellRemark> _remarks = [];
    private readonly HashSet<string> _fixed = []; // Read-only variables.
    private readonly HashSet<string> _functions = [];
    private readonly Dictionary<ShellWord, string> _appended = new(ReferenceEqualityComparer.Instance);

    private readonly List<ShellWord> _command = [];
    private bool _isAssignment; // So far it is nothing else.
    private readonly Stack<string> _open = []; // What ends the compound commands that the reader is in.
    private bool _isClosed; // The command so far is a compound one that has ended.
    private bool _mustFollow; // A command has to.
    private bool _mustFollowHere; // In the same line.
    private bool _isPattern; // Of case.
    private bool _isFunction; // NAME( and its ) is to follow.
    private bool _isRedirection;
    private bool _hasRedirection;
    private bool _isConditional; // After && or ||, or at the end of a pipe.
    private string? _whyLate; // Why nothing that follows is known.
    private bool _isOver;
    private int _listStart; // Where in what was found the commands began that && and || join.

    private ShellAssignments(string text, bool isBash, IReadOnlyCollection<string> known) =>
        (_words, _isBash, _known) = (new ShellWords(text), isBash, known);

    /// <summary>Reads the assignments of a file, in the order of its lines.</summary>
    /// <param name="lines">The file.</param>
    /// <param name="isBash">Whether it is bash that reads it, not any POSIX shell.</param>
    /// <param name="known">The variables that matter: other files that this one reads may set any of them.</param>
    /// <param name="remarks">What is not understood, or is no assignment.</param>
    public static IReadOnlyList<ShellAssignment> Read(
        IReadOnlyList<string> lines, bool isBash, IReadOnlyCollection<string> known, out IReadOnlyList<ShellRemark> remarks)
    {
        var reader = new ShellAssignments(string.Join('\n', lines), isBash, known);
        reader.Read();
        remarks = [.. reader._remarks.Concat(reader._words.Remarks).OrderBy(remark => remark.Line)];
        return reader._found;
    }

    private bool IsInCondition => _isConditional || _open.Count > 0;

    private void Read()
    {
        var line = 1;
        while (!_isOver && _words.Next() is { } word)
        {
            line = word.Line;
            if (word.IsOperator)
                TakeOperator(word);
            else
                TakeWord(word);
        }
        if (_isOver)
            return;
        End(null);
        if (_words.BrokenAt is { } broken)
            Forget($"line {broken} begins what has no end, and the shell refuses the file", broken);
        else if (_open.TryPeek(out var end) || _mustFollow || _isFunction || _isRedirection)
            Refuse(line, end is null ? "the end of the file" : $"the end of the file, and no {end}");
    }

    private void TakeWord(ShellWord word)
    {
        _mustFollowHere = false;
        if (_isRedirection)
            _isRedirection = false;
        else if (_isPattern)
            TakePattern(word);
        else if (_isClosed || _isFunction)
            Refuse(word.Line, $"'{word.Shown}'");
        else if (_command.Count > 0 || !word.IsPlain || !TakeKeyword(word))
        {
            _isAssignment = (_command.Count == 0 || _isAssignment) && IsAssignment(word);
            _command.Add(word);
            // Those that follow see it; the arguments of a command are made before it runs.
            if (_isAssignment)
                _words.Set(word.Name!, WhyUnknown(word) is null ? ValueOf(word) : null);
            if (word is { IsPlain: true, Text: "in" } && _command.Count == 3 && _command[0] is { IsPlain: true, Text: "case" })
            {
                _open.Push("esac");
                _command.Clear();
                _isPattern = true;
            }
        }
    }

    private void TakePattern(ShellWord word)
    {
        if (!(word is { IsPlain: true, Text: "esac" }))
            return;
        _isPattern = false;
        Close("esac", word);
    }

    // A word in the place of a command that the shell knows itself; false for any other.
    private bool TakeKeyword(ShellWord word)
    {
        switch (word.Text)
        {
            case "if":
                Open("fi");
                return true;
            case "while" or "until":
                Open("done");
                return true;
            case "{":
                Open("}");
                return true;
            case "!":
                _mustFollow = _mustFollowHere = true;
                return true;
            case "then" or "else" or "elif":
                Within("fi", word);
                return true;
            case "do":
                Within("done", word);
                return true;
            case "fi" or "done" or "}" or "esac":
                Close(word.Text, word);
                return true;
            default:
                return false;
        }
    }

    private void Open(string end)
    {
        _open.Push(end);
        _mustFollow = true;
    }

    private void Within(string end, ShellWord word)
    {
        if (_mustFollow || !_open.TryPeek(out var top) || top != end)
            Refuse(word.Line, $"'{word.Text}'");
        _mustFollow = true;
    }

    private void Close(string end, ShellWord word)
    {
        if (_mustFollow || !_open.TryPop(out var top) || top != end)
            Refuse(word.Line, $"'{word.Text}'");
        _isClosed = true;
    }

    private void TakeOperator(ShellWord word)
    {
        switch (word.Text)
        {
            case "<" or ">":
                // A number before it is a file descriptor; >> and <> are two of them.
                if (_command.Count > 0 && _command[^1].Text.All(char.IsAsciiDigit) && _command[^1].Name is null)
                    _command.RemoveAt(_command.Count - 1);
                else if (_isBash && _command.Count > 0 && _command[^1] is { IsPlain: true, Text: ['{', .. var descriptor, '}'] }
                    && IsName(descriptor))
                    Add(descriptor, word.Line, "a redirection sets it");
                _isRedirection = _hasRedirection = true;
                break;
            case "<<":
                _hasRedirection = true;
                break;
            case "&" or "|" when _isRedirection:
                break; // >& and >|
            case "(":
                TakeOpening(word);
                break;
            case ")":
                TakeClosing(word);
                break;
            case "\n" when _isPattern:
            case "|" when _isPattern:
                break;
            case ";;" when _open.TryPeek(out var top) && top == "esac" && !_isPattern:
                End(null);
                _isPattern = true;
                break;
            case "\n":
                if (_isRedirection || _isFunction || _mustFollowHere)
                    Refuse(word.Line, "the end of the line");
                var isEmpty = _command.Count == 0 && !_isClosed && !_hasRedirection;
                End(null);
                if (!(isEmpty && _mustFollow)) // After && and || the line may end and the command go on.
                    (_isConditional, _listStart) = (false, _found.Count);
                break;
            default:
                TakeSeparator(word);
                break;
        }
    }

    private void TakeSeparator(ShellWord word)
    {
        if (_isPattern || _isFunction || _isRedirection || word.Text == ";;"
            || (_command.Count == 0 && !_isClosed && !_hasRedirection))
            Refuse(word.Line, $"'{word.Text}'");
        // What runs beside the shell, or in a pipe, runs in a shell of its own; beside it runs all that && and || join.
        End(word.Text is "&" or "|" ? Elsewhere : null);
        if (word.Text == "&" && !_isOver)
        {
            var names = _found.Skip(_listStart).Where(one => one.WhyUnknown is null).Select(one => one.Name).Distinct();
            foreach (var name in names.ToList())
            {
                Add(name, word.Line, Elsewhere);
                _remarks.Add(new ShellRemark(word.Line, $"the value of {name} isn't known: {Elsewhere}"));
            }
        }
        if (word.Text is "&" or ";")
            _listStart = _found.Count;
        _mustFollow = _isConditional = word.Text is "&&" or "||" or "|";
    }

    private void TakeOpening(ShellWord word)
    {
        if (_isPattern)
            return;
        if (_command is [{ IsPlain: true }] && !_hasRedirection)
        {
            _functions.Add(_command[0].Text);
            _command.Clear();
            _isFunction = true;
        }
        else if (_command.Count == 0 && !_isClosed && !_hasRedirection && !_isFunction)
            Open(")");
        else
            Refuse(word.Line, "'('");
    }

    private void TakeClosing(ShellWord word)
    {
        if (_isFunction)
            (_isFunction, _mustFollow) = (false, true);
        else if (_isPattern)
            _isPattern = false;
        else
        {
            End(null);
            Close(")", word);
        }
    }

    // A command is whole.
    private void End(string? why)
    {
        if (_isOver)
            return;
        if (_words.MayEndAt is { } line)
            _whyLate ??= $"line {line} may end the file before it";
        if (_command.Count > 0 || _isClosed || _hasRedirection)
            _mustFollow = false;
        if (_command.Count > 0)
            Take(why ?? (_hasRedirection ? "it stands beside a redirection" : null));
        TakeExpansions();
        _command.Clear();
        _isClosed = _hasRedirection = false;
    }

    // What the shell can't read it refuses, and nothing is known then of any of it.
    private void Refuse(int line, string what)
    {
        if (_isOver)
            return;
        _remarks.Add(new ShellRemark(line, $"{what} isn't expected here: the shell refuses the file"));
        Forget($"the shell refuses the file at line {line}", line);
        _isOver = true;
    }

    private string? WhyUnknown(ShellWord word) =>
        word.WhyUnknown ?? (IsInCondition ? Conditional : null) ?? _whyLate ?? (!word.IsAppended ? null
            : !_isBash ? OfBash
            : _appended.ContainsKey(word) || _words.ValueOf(word.Name!) is not null ? null : "what it is added to isn't known");

    // The words of a command are looked at twice; a value grows by its addition once.
    private string ValueOf(ShellWord word)
    {
        if (!word.IsAppended)
            return word.Text;
        if (!_appended.TryGetValue(word, out var value))
            _appended[word] = value = _words.ValueOf(word.Name!) + word.Text;
        return value;
    }

    private void Take(string? why)
    {
        var first = _command[0];
        var name = first.IsPlain ? first.Text : "";
        if (_command.TrueForAll(IsAssignment))
            _command.ForEach(word => Keep(word, why));
        else if (_functions.Contains(name))
            TakeOther(first, why);
        else if (Declaring.Contains(name) && _command.Skip(1).All(IsDeclared))
        {
            foreach (var word in _command.Skip(1).Where(word => word.Name is not null))
                Keep(word, why ?? (MakesWords(word) ? "the shell may make several words of it" : null));
            if (name == "readonly")
                _fixed.UnionWith(_command.Skip(1).Select(word => word.Name ?? word.Text));
        }
        else if (name == "unset" && _command.Skip(1).All(word => word.IsPlain && (IsName(word.Text) || word.Text is "-v")))
            _command.Skip(1).Where(word => word.Text != "-v").ToList().ForEach(Unset);
        else if (name == "for" || (_isBash && name == "select"))
            TakeLoop();
        else if (!Harmless.Contains(name) && !(name == "set" && _command.Skip(1).All(word => HarmlessOptions.Contains(word.Raw))))
            TakeOther(first, why);
    }

    // To any other shell NAME+= is a command.
    private bool IsAssignment(ShellWord word) => word.Name is not null && (_isBash || !word.IsAppended);

    // The arguments of export are words as those of any command.
    private bool MakesWords(ShellWord word) => _isBash
        ? word.Raw.Replace("${", "", StringComparison.Ordinal).Contains('{', StringComparison.Ordinal)
        : word.IsSplit && (_words.ValueOf("IFS") is not "" || word.Text.AsSpan().ContainsAny(Splitting));

    private bool IsDeclared(ShellWord word) => IsAssignment(word) || (word.IsPlain && IsName(word.Text));

    private static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0])
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private void TakeLoop()
    {
        _open.Push("done");
        if (_command.Count > 1)
            Add(_command[1].Text, _command[0].Line, Conditional);
    }

    private void TakeOther(ShellWord first, string? where)
    {
        var words = Secrets.IsName(first.Raw) ? [first.Shown, "…"] : _command.Select(word => word.Shown).Take(MostShown);
        var text = string.Join(' ', words) is { Length: > 100 } all ? $"{all.AsSpan(0, 100)}…" : string.Join(' ', words);
        var at = CommandAt();
        var name = at < _command.Count ? NameOf(_command[at]) : "";
        if (name is not null && Ending.Contains(name))
        {
            // exec alone redirects only, and ends nothing unless that fails; what another process ends is that process.
            _isOver = !IsInCondition && where != Elsewhere && !(name == "exec" && at + 1 == _command.Count);
            _whyLate ??= $"line {first.Line} may end the file before it";
            _remarks.Add(new ShellRemark(first.Line, $"'{text}' ends the file: {(_isOver
                ? "nothing that follows counts" : "what follows may not count")}"));
            KeepNone(first.Line);
            return;
        }
        _remarks.Add(new ShellRemark(first.Line, $"'{text}' is no assignment; Panicle runs no commands of this file"));
        if (name is not null && Bending.Contains(name))
            _whyLate ??= $"line {first.Line} changes how the shell reads what follows";
        if (name is null || _functions.Contains(name) || Reading.Contains(name) || Declaring.Contains(name)
            || name is "unset" || (Bending.Contains(name) && name != "set"))
            Forget($"line {first.Line} runs something that may set it", first.Line);
        else if (Setting.Contains(name) || (_isBash && _open.Count(end => end == ")") > 1)) // ((…)) calculates.
            TakeSetting(_command.Skip(Setting.Contains(name) ? at + 1 : at), first.Line);
        KeepNone(first.Line);
    }

    // Whether assignments beside a command stay depends on the command.
    private void KeepNone(int line)
    {
        foreach (var set in _command.Where(word => word.Name is not null).DistinctBy(word => word.Name))
            Add(set.Name!, line, set.IsAppended ? OfBash : "it stands in a command that Panicle doesn't run");
    }

    // Where the word stands that says what is run, after variables that it is given.
    private int CommandAt()
    {
        var at = 0;
        while (at < _command.Count && (IsAssignment(_command[at]) || Prefixes.Contains(NameOf(_command[at]))
            || (at > 0 && _command[at].Raw.StartsWith('-'))))
            at++;
        return at;
    }

    // What a word of a command is; null if only the shell knows, which may make several words of it.
    private string? NameOf(ShellWord word) =>
        word.WhyUnknown is not null || word.IsSplit || (word.Text != "[" && word.Raw.AsSpan().ContainsAny(Patterns))
            || (_isBash && word.Raw.Contains('{', StringComparison.Ordinal)) ? null : word.Name is null ? word.Text : word.Raw;

    // Any name in the arguments may be a variable's, also behind an option's letter (-vNAME) or before an index.
    private void TakeSetting(IEnumerable<ShellWord> arguments, int line)
    {
        const string Why = "it is set by a command that Panicle doesn't run";
        foreach (var word in arguments.Where(word => word.Name is null))
        {
            if (NameOf(word) is null && !word.Raw.Contains('[', StringComparison.Ordinal))
                Forget(Why, line);
            else if (IsName(word.Text))
                Add(word.Text, line, Why);
            else
            {
                foreach (var name in ShellWords.NamesIn(word.Text)
                    .SelectMany(name => Enumerable.Range(0, Math.Min(name.Length, 3)).Select(start => name[start..]))
                    .Where(name => _words.IsSet(name) || _known.Contains(name)).Distinct())
                    Add(name, line, Why);
            }
        }
    }

    // Every variable may hold anything.
    private void Forget(string why, int line)
    {
        _words.Forget();
        foreach (var name in _known)
            Add(name, line, why);
    }

    private void TakeExpansions()
    {
        foreach (var (name, line) in _words.SetByExpansion)
        {
            Add(name, line, "whether an expansion sets it depends on what it was before");
            _remarks.Add(new ShellRemark(line, $"the value of {name} isn't known: it is set within another value"));
        }
        _words.SetByExpansion.Clear();
    }

    private void Unset(ShellWord word)
    {
        var why = IsInCondition ? Conditional : _whyLate;
        if (_fixed.Contains(word.Text))
            RefuseFixed(word);
        if (_isOver)
            return;
        _words.Set(word.Text, why is null ? "" : null);
        _found.Add(new ShellAssignment(word.Text, "", word.Line, why));
    }

    private void RefuseFixed(ShellWord word) => Refuse(word.Line, $"a change of {word.Name ?? word.Text}, which is read-only,");

    private void Add(string name, int line, string why)
    {
        _words.Set(name, null);
        _found.Add(new ShellAssignment(name, "", line, why));
    }

    private void Keep(ShellWord word, string? whyHere)
    {
        if (_fixed.Contains(word.Name!))
            RefuseFixed(word);
        if (_isOver)
            return;
        var why = whyHere ?? WhyUnknown(word);
        var value = why is null ? ValueOf(word) : "";
        _words.Set(word.Name!, why is null ? value : null);
        _found.Add(new ShellAssignment(word.Name!, value, word.Line, why));
        if (why is not null)
            _remarks.Add(new ShellRemark(word.Line, $"the value of {word.Name} isn't known: {why}"));
    }
}
