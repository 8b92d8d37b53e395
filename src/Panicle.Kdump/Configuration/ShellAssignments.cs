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
    private const string Conditional = "it stands in a condition or a loop, which Panicle doesn't run";

    private static readonly string[] Declaring = ["export", "readonly"];
    private static readonly string[] Harmless = [":", "true", "set", "shopt", "umask", "test", "["];
    private static readonly string[] Reading = [".", "source", "eval"];
    private static readonly string[] Ending = ["exit", "return", "exec"];

    private readonly ShellWords _words;
    private readonly bool _isBash;
    private readonly IReadOnlyCollection<string> _known;
    private readonly List<ShellAssignment> _found = [];
    private readonly List<ShellRemark> _remarks = [];
    private readonly Stack<string> _open = []; // What ends the compound commands that the reader is in.
    private readonly Dictionary<ShellWord, string> _appended = new(ReferenceEqualityComparer.Instance);
    private bool _isConditional;
    private string? _whyLate; // Why nothing that follows is known.
    private bool _isOver;

    private ShellAssignments(string text, bool isBash, IReadOnlyCollection<string> known) =>
        (_words, _isBash, _known) = (new ShellWords(text), isBash, known);

    /// <summary>Reads the assignments.</summary>
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

    private void Read()
    {
        var command = new List<ShellWord>();
        var before = "";
        while (!_isOver && _words.Next() is { } word)
        {
            if (!word.IsOperator)
            {
                command.Add(word);
                Remember(command);
                continue;
            }
            // What runs beside the shell, or at the end of a pipe, runs in a shell of its own.
            Take(command, word.Text is "&" or "|" ? "it is set in another process" : null);
            var isEmpty = command.Count == 0;
            command.Clear();
            if (word.Text == "(")
                _open.Push(")");
            else if (word.Text == ")" && _open.TryPeek(out var end) && end == ")")
                _open.Pop();
            // After && and || the line may end and the command go on.
            if (word.Text is "&&" or "||" or "|" || (isEmpty && word.Text == "\n" && before is "&&" or "||" or "|"))
                _isConditional = true;
            else if (word.Text is "\n" or ";" or "&")
                _isConditional = false;
            before = word.Text == "\n" && isEmpty && _isConditional ? before : word.Text;
        }
        Take(command, null);
        if (_words.BrokenAt is { } line)
            Forget($"line {line} begins what has no end, and the shell refuses the file", line);
    }

    // Words that follow in the same line see what the assignment before them set.
    private void Remember(List<ShellWord> command)
    {
        if (command[^1] is { Name: { } name } word
            && command.SkipLast(1).All(other => other.Name is not null || IsDeclaring(other)))
            _words.Set(name, WhyUnknown(word) is null ? ValueOf(word) : null);
    }

    private bool IsInCondition => _isConditional || _open.Count > 0;

    private static bool IsDeclaring(ShellWord word) => word.IsPlain && Declaring.Contains(word.Text);

    private string? WhyUnknown(ShellWord word) =>
        word.WhyUnknown ?? (IsInCondition ? Conditional : null) ?? _whyLate ?? (!word.IsAppended ? null
            : !_isBash ? "+= means something to bash alone"
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

    private void Take(List<ShellWord> command, string? why)
    {
        TakeExpansions();
        while (command.Count > 0 && command[0].IsPlain && IsKeyword(command[0].Text))
            command.RemoveAt(0);
        if (command.Count == 0)
            return;
        var first = command[0];
        if (command.TrueForAll(word => word.Name is not null))
            command.ForEach(word => Keep(word, why));
        else if (IsDeclaring(first) && command.Skip(1).All(word => word.Name is not null || word.WhyUnknown is null))
            command.FindAll(word => word.Name is not null).ForEach(word => Keep(word, why));
        else if (first is { IsPlain: true, Text: "unset" })
            command.Skip(1).Where(word => !word.Text.StartsWith('-')).ToList().ForEach(Unset);
        else if (!(first.IsPlain && Harmless.Contains(first.Text)))
            TakeOther(command, first);
    }

    private void TakeOther(List<ShellWord> command, ShellWord first)
    {
        var text = string.Join(' ', Secrets.IsName(first.Raw) ? [first.Shown, "…"] : command.Select(word => word.Shown));
        if (first.IsPlain && Ending.Contains(first.Text))
        {
            _isOver = !IsInCondition;
            _whyLate ??= $"line {first.Line} may end the file before it";
            _remarks.Add(new ShellRemark(first.Line, $"'{text}' ends the file: {(_isOver
                ? "nothing that follows counts" : "what follows may not count")}"));
            return;
        }
        _remarks.Add(new ShellRemark(first.Line, $"'{text}' is no assignment; Panicle runs no commands of this file"));
        if (first.IsPlain && (Reading.Contains(first.Text) || IsDeclaring(first)))
            Forget($"line {first.Line} reads something else, which may set it", first.Line);
        foreach (var name in command.Where(word => word.Name is not null).Select(word => word.Name!).Distinct())
            Add(name, first.Line, "it stands in a command that Panicle doesn't run");
    }

    // Every variable may hold anything.
    private void Forget(string why, int line)
    {
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
        _words.Set(word.Text, IsInCondition ? null : "");
        _found.Add(new ShellAssignment(word.Text, "", word.Line, IsInCondition ? Conditional : null));
    }

    private void Add(string name, int line, string why)
    {
        _words.Set(name, null);
        _found.Add(new ShellAssignment(name, "", line, why));
    }

    private void Keep(ShellWord word, string? whyHere)
    {
        var why = whyHere ?? WhyUnknown(word);
        var value = why is null ? ValueOf(word) : "";
        _words.Set(word.Name!, why is null ? value : null);
        _found.Add(new ShellAssignment(word.Name!, value, word.Line, why));
        if (why is not null)
            _remarks.Add(new ShellRemark(word.Line, $"the value of {word.Name} isn't known: {why}"));
    }

    // Whether a word begins, continues or ends a compound command; what is inside of one may or may not be run.
    private bool IsKeyword(string word)
    {
        switch (word)
        {
            case "if":
                _open.Push("fi");
                return true;
            case "for" or "while" or "until":
                _open.Push("done");
                return word != "for"; // Its variable's name and values are no commands.
            case "case":
                _open.Push("esac");
                return false;
            case "{":
                _open.Push("}");
                return true;
            case "then" or "else" or "elif" or "do" or "!":
                return true;
            case "fi" or "done" or "esac" or "}":
                if (_open.TryPeek(out var end) && end == word)
                    _open.Pop();
                return true;
            default:
                return false;
        }
    }
}
