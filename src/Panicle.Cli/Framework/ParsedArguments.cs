using Panicle.Kdump.Crashkernel;

namespace Panicle.Cli;

/// <summary>What was typed after a command's name, read by its declaration.</summary>
internal sealed class ParsedArguments
{
    private readonly CommandInfo _info;
    private readonly List<(string Name, string? Value)> _options = [];
    private readonly List<string> _operands = [];

    internal ParsedArguments(CommandInfo info, IReadOnlyList<string> words) => (_info, Words) = (info, words);

    /// <summary>Every word after the command's name, as typed.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The words that are no options.</summary>
    public IReadOnlyList<string> Operands => _operands;

    /// <summary>The operands joined by spaces: an expression, or another command's line. Quotes are kept as typed.</summary>
    public string Text { get; internal set; } = "";

    /// <summary>Whether <c>--json</c> was given to this command.</summary>
    public bool Json { get; internal set; }

    /// <summary>Whether <c>--help</c> was given.</summary>
    public bool Help { get; internal set; }

    /// <summary>The operand at this place, or null.</summary>
    public string? Operand(int index) => index < _operands.Count ? _operands[index] : null;

    /// <summary>Whether the option was given.</summary>
    public bool Has(string option) => Count(option) > 0;

    /// <summary>How many times the option was given.</summary>
    public int Count(string option) => Of(option).Count();

    /// <summary>The option's value (the last one, if it was repeated), or null.</summary>
    public string? Value(string option) => Of(option).LastOrDefault().Value;

    /// <summary>The option's values, in the order given.</summary>
    public IEnumerable<string> Values(string option) => Of(option).Select(o => o.Value ?? "");

    /// <summary>The option's value as a number, which lies in its declared range; null if it wasn't given.</summary>
    public int? Number(string option) => Value(option) is { } text ? Numbers.Count(text, option) : null;

    /// <summary>The option's value as a list of numbers; null if it wasn't given.</summary>
    public IReadOnlySet<int>? NumberList(string option) => Value(option) is { } text ? Numbers.List(text, option) : null;

    /// <summary>The option's value as an amount of memory in bytes; null if it wasn't given.</summary>
    public ulong? Size(string option) => Value(option) is { } text && MemorySize.TryParse(text, out var bytes) ? bytes : null;

    /// <summary>Which of a group of options was given, or null: they exclude each other by their declaration.</summary>
    public string? OneOf(params ReadOnlySpan<string> options)
    {
        foreach (var option in options)
        {
            if (Has(option))
                return option;
        }
        return null;
    }

    /// <summary>The options in the order given, for commands that do one thing after the other.</summary>
    public IReadOnlyList<(string Name, string? Value)> Given => _options;

    internal void AddOption(Option option, string? value)
    {
        if (value is not null)
            option.Check(value);
        _options.Add((option.Name, value));
    }

    internal void AddOperand(string word) => _operands.Add(word);

    private IEnumerable<(string Name, string? Value)> Of(string option)
    {
        if (_info.FindOption(option) is null)
            throw new InvalidOperationException($"{_info.Name} asks for {option}, which it doesn't declare");
        return _options.Where(o => o.Name == option);
    }
}
