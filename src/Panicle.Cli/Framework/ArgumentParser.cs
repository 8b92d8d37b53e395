namespace Panicle.Cli;

/// <summary>Reads a command's words by its declaration. Options and operands may come in any order, as in crash.</summary>
internal sealed class ArgumentParser
{
    private readonly CommandInfo _info;
    private readonly IReadOnlyList<Word> _words;
    private readonly ParsedArguments _result;
    private int _next;
    private int _firstOperand = -1;

    private ArgumentParser(CommandInfo info, IReadOnlyList<Word> words)
    {
        (_info, _words) = (info, words);
        _result = new ParsedArguments(info, [.. words.Select(w => w.Text)]);
    }

    /// <summary>Parses the words after the command's name.</summary>
    /// <exception cref="UsageException">They don't follow the declaration.</exception>
    public static ParsedArguments Parse(CommandInfo info, IReadOnlyList<Word> words) => new ArgumentParser(info, words).Parse();

    /// <summary>Parses words that need no unquoting: the process's own arguments.</summary>
    public static ParsedArguments Parse(CommandInfo info, IEnumerable<string> words) =>
        Parse(info, [.. words.Select(w => new Word(w, w, false))]);

    private ParsedArguments Parse()
    {
        var onlyOperands = false;
        while (_next < _words.Count)
        {
            var word = _words[_next++];
            var ended = onlyOperands || (_info.OptionsFirst && _firstOperand >= 0);
            if (ended || word.IsQuoted || word.Text is not ['-', _, ..])
                AddOperand(word);
            else if (word.Text == "--")
                onlyOperands = true;
            else
                AddOption(word);
        }
        _result.Text = string.Join(' ', _rawOperands);
        if (!_result.Help)
        {
            CheckGroups();
            CheckOperands();
        }
        return _result;
    }

    private readonly List<string> _rawOperands = [];

    private void AddOperand(Word word)
    {
        if (word.Text.Length == 0)
            throw new UsageException("an argument is empty");
        if (_firstOperand < 0)
            _firstOperand = _next - 1;
        _rawOperands.Add(word.Raw);
        _result.AddOperand(word.Text);
    }

    private void AddOption(Word word)
    {
        var text = word.Text;
        var equals = text.StartsWith("--", StringComparison.Ordinal) ? text.IndexOf('=', StringComparison.Ordinal) : -1;
        if (text == "--json")
            _result.Json = true;
        else if (text == "--help")
            _result.Help = true;
        else if (_info.FindOption(text) is { } exact)
            AddOption(exact, exact.ValueName is null ? null : NextWord(exact));
        else if (equals > 0 && _info.FindOption(text[..equals]) is { ValueName: not null } joined)
            AddOption(joined, text[(equals + 1)..]);
        else if (text.StartsWith("--", StringComparison.Ordinal))
            throw new UsageException($"unknown option {text}");
        else if (char.IsAsciiDigit(text[1]))
            AddOperand(word); // a negative number
        else
            AddLetters(text);
    }

    // An empty line of the shell does nothing; no other value makes sense when there is none.
    private void AddOption(Option option, string? value)
    {
        if (value is "" && !option.Completes.HasFlag(Completes.Commands))
            throw new UsageException($"the value of {option.Name} is empty: {option.Signature}");
        _result.AddOption(option, value);
    }

    private void AddLetters(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            var option = _info.FindOption($"-{text[i]}") ?? throw new UsageException($"unknown option -{text[i]}");
            if (option.ValueName is null)
            {
                AddOption(option, null);
                continue;
            }
            AddOption(option, i + 1 < text.Length ? text[(i + 1)..] : NextWord(option));
            return;
        }
    }

    private string NextWord(Option option) =>
        _next < _words.Count
            ? _words[_next++].Text
            : throw new UsageException($"option {option.Name} needs a value: {option.Signature}");

    private void CheckGroups()
    {
        foreach (var group in _info.OneOf)
        {
            if (group.Options.Where(_result.Has).ToList() is [var first, var second, ..])
                throw new UsageException($"{first} and {second} can't be {group.Verb} together");
        }
    }

    private void CheckOperands()
    {
        var given = _result.Operands.Count;
        if (given == 0 && _info.Operands.FirstOrDefault(o => o.IsRequired) is { } missing)
            throw new UsageException($"{missing.Name} is missing");
        if (given < _info.Operands.Count(o => o.IsRequired))
            throw new UsageException($"{_info.Operands.Where(o => o.IsRequired).ElementAt(given).Name} is missing");
        if (given > _info.Operands.Count && !_info.Operands.Any(o => o.IsRepeated))
            throw new UsageException($"unexpected '{_result.Operands[_info.Operands.Count]}'");
        for (var i = 0; i < Math.Min(given, _info.Operands.Count); i++)
        {
            if (_info.Operands[i].Choices is { Count: > 0 } choices && !choices.Contains(_result.Operands[i]))
                throw new UsageException($"'{_result.Operands[i]}' is neither {string.Join(" nor ", choices)}");
        }
    }
}
