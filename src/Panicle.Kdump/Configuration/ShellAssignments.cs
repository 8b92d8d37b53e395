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

    private static readonly string[] Declaring = ["export", "readonly", "declare", "typeset"];

    private readonly ShellWords _words;
    private readonly List<ShellAssignment> _found = [];
    private readonly List<ShellRemark> _remarks = [];
    private readonly Stack<string> _open = []; // What ends the compound commands that the reader is in.
    private bool _isConditional;

    private ShellAssignments(string text) => _words = new ShellWords(text);

    /// <summary>Reads the assignments; what is not understood, or is none, comes back in <paramref name="remarks"/>.</summary>
    public static IReadOnlyList<ShellAssignment> Read(IReadOnlyList<string> lines, out IReadOnlyList<ShellRemark> remarks)
    {
        var reader = new ShellAssignments(string.Join('\n', lines));
        reader.Read();
        remarks = [.. reader._remarks.Concat(reader._words.Remarks).OrderBy(remark => remark.Line)];
        return reader._found;
    }

    private void Read()
    {
        var command = new List<ShellWord>();
        while (_words.Next() is { } word)
        {
            if (!word.IsOperator)
            {
                command.Add(word);
                Remember(command);
                continue;
            }
            Take(command);
            command.Clear();
            if (word.Text == "(")
                _open.Push(")");
            else if (word.Text == ")" && _open.TryPeek(out var end) && end == ")")
                _open.Pop();
            _isConditional = word.Text is "&&" or "||" or "|" || (_isConditional && word.Text != "\n" && word.Text != ";");
        }
        Take(command);
    }

    // Words that follow in the same line see what the assignment before them set.
    private void Remember(List<ShellWord> command)
    {
        var word = command[^1];
        if (word.Name is { } name
            && (command.Count == 1 || command.SkipLast(1).All(other => other.Name is not null || IsDeclaring(other))))
            _words.Set(name, word.WhyUnknown is null && !IsInCondition ? word.Text : null);
    }

    private bool IsInCondition => _isConditional || _open.Count > 0;

    private static bool IsDeclaring(ShellWord word) => word.IsPlain && Declaring.Contains(word.Text);

    private void Take(List<ShellWord> command)
    {
        while (command.Count > 0 && command[0].IsPlain && IsKeyword(command[0].Text))
            command.RemoveAt(0);
        if (command.Count == 0)
            return;
        var assignments = IsDeclaring(command[0]) ? command.Skip(1).Where(word => !IsOption(word)).ToList() : command;
        if (assignments.All(word => word.Name is not null || (word.IsPlain && IsDeclaring(command[0]))))
        {
            foreach (var word in assignments.Where(word => word.Name is not null))
                Keep(word);
        }
        else
        {
            var text = string.Join(' ', command.Select(word => word.Raw));
            _remarks.Add(new ShellRemark(command[0].Line, $"'{text}' is no assignment; Panicle runs no commands of this file"));
        }
    }

    private static bool IsOption(ShellWord word) => word.IsPlain && word.Text.StartsWith('-');

    private void Keep(ShellWord word)
    {
        var why = word.WhyUnknown ?? (IsInCondition ? Conditional : null);
        _words.Set(word.Name!, why is null ? word.Text : null);
        _found.Add(new ShellAssignment(word.Name!, why is null ? word.Text : "", word.Line, why));
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
