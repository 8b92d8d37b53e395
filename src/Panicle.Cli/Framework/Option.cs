using System.Globalization;
using Panicle.Kdump.Crashkernel;

namespace Panicle.Cli;

/// <summary>
/// An option, named as it is typed, dashes included: <c>-k</c>, <c>-64</c>, <c>--html</c>. Single letters can be
/// combined (<c>-mS</c>) and repeated. What its value may be is declared too:
/// whoever parses, completes or documents it reads it here.
/// </summary>
internal sealed record Option
{
    private Option(string name, string? value, string help) => (Name, ValueName, Help) = (name, value, help);

    /// <summary>The option with its dashes.</summary>
    public string Name { get; }

    /// <summary>What the value is called in help, or null for a flag.</summary>
    public string? ValueName { get; }

    /// <summary>One line for help.</summary>
    public string Help { get; }

    /// <summary>What of the dump or the system completes its value.</summary>
    public Completes Completes { get; private init; }

    /// <summary>The words that its value may be; empty where it may be any. They complete it.</summary>
    public IReadOnlyList<string> Choices { get; private init; } = [];

    /// <summary>Other spellings of <see cref="Choices"/> that are taken too, but not offered.</summary>
    public IReadOnlyList<string> Synonyms { get; init; } = [];

    /// <summary>Smallest and largest number that its value may be, or null where it is no number.</summary>
    public (ulong Least, ulong Most)? Range { get; private init; }

    /// <summary>Whether its value is an amount of memory: <c>64G</c>.</summary>
    public bool IsSize { get; private init; }

    /// <summary>Whether its value is a list of small numbers: <c>0,2-3</c>.</summary>
    public bool IsNumberList { get; private init; }

    /// <summary>Whether help leaves it out.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The option with its value's name.</summary>
    public string Signature => ValueName is null ? Name : $"{Name} {ValueName}";

    /// <summary>Help, with the words or numbers that the value may be where it doesn't say them itself.</summary>
    public string FullHelp => Help + (Range is { Most: not ulong.MaxValue } range ? $" ({range.Least} to {range.Most})" : "")
        + (Choices.Count > 0 && !Choices.All(choice => Help.Contains(choice, StringComparison.Ordinal))
            ? $" ({string.Join(", ", Choices)})"
            : "");

    /// <summary>An option without a value.</summary>
    public static Option Flag(string name, string help) => new(name, null, help);

    /// <summary>
    /// An option with a value, in the next word (or joined to a single letter: <c>-l3</c>; or <c>--html=FILE</c>).
    /// </summary>
    public static Option Value(string name, string valueName, string help, Completes completes = Completes.Nothing) =>
        new(name, valueName, help) { Completes = completes };

    /// <summary>One whose value is one of some words.</summary>
    public static Option Choice(string name, string valueName, string help, params IReadOnlyList<string> choices) =>
        new(name, valueName, help) { Choices = choices };

    /// <summary>One whose value is a number, decimal or hex with 0x.</summary>
    public static Option Number(string name, string valueName, string help, ulong least = 0, ulong most = int.MaxValue) =>
        new(name, valueName, help) { Range = (least, most) };

    /// <summary>One whose value is a list of small numbers: <c>0,2-3</c>.</summary>
    public static Option NumberList(string name, string valueName, string help) =>
        new(name, valueName, help) { IsNumberList = true };

    /// <summary>One whose value is an amount of memory: <c>64G</c>.</summary>
    public static Option Size(string name, string help) => new(name, "SIZE", help) { IsSize = true };

    /// <summary>Makes sure that a value is one that the option takes.</summary>
    /// <exception cref="UsageException">It isn't; the message says what is.</exception>
    public void Check(string value)
    {
        if (Choices.Count > 0 && !Choices.Contains(value) && !Synonyms.Contains(value))
            throw new UsageException(
                $"{Name}: unknown {ValueName?.ToLowerInvariant()} '{value}'; it is one of {string.Join(", ", Choices)}");
        if (IsSize && !MemorySize.TryParse(value, out _))
            throw new UsageException($"{Name}: '{value}' is no size, such as 64G");
        if (IsNumberList)
            CheckNumberList(value);
        if (Range is not { } range)
            return;
        if (!Numbers.TryParse(value, out var number))
            throw new UsageException($"{Name}: '{value}' is not a number");
        if (number < range.Least || number > range.Most)
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"{Name} {value}: {range.Least} to {range.Most}"));
    }

    private void CheckNumberList(string value)
    {
        try
        {
            Numbers.List(value, Name);
        }
        catch (CommandException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
