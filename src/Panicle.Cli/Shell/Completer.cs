using System.Buffers;
using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>What can stand at the cursor.</summary>
/// <param name="Start">Where the word that they complete starts.</param>
/// <param name="Candidates">Whole words, sorted.</param>
internal sealed record Completion(int Start, IReadOnlyList<string> Candidates)
{
    // Nothing of these means anything to Panicle's own lines, nor to the system's shell.
    private const string PlainMarks = "_-.,:/+@%=^~";

    // What means something to Panicle's own lines.
    private static readonly SearchValues<char> Meaning = SearchValues.Create(" |>()<!#\"");

    /// <summary>Whether the word is for the system's shell, which reads what stands behind a <c>|</c> or <c>></c>.</summary>
    public bool IsForSystem { get; init; }

    /// <summary>
    /// What is put into the line for the candidates' common beginning. Names come from dumps and from file systems: with one
    /// candidate it is quoted as a word; where there are several, it ends before anything that would need quotes, so that no
    /// line is left with a quote open.
    /// </summary>
    public string Insertion
    {
        get
        {
            if (Candidates.Count == 1)
                return Quote(Candidates[0]) + (Candidates[0].EndsWith('/') ? "" : " ");
            var common = Candidates.Aggregate((a, b) => a[..a.AsSpan().CommonPrefixLength(b)]);
            return string.Concat(common.TakeWhile(IsPlain));
        }
    }

    /// <summary>Whether a name can stand in a line at all: quotes don't nest, and nothing hidden may be put there.</summary>
    public static bool CanBeQuoted(string name) =>
        !VisibleText.HasHidden(name) && !name.Contains('\t', StringComparison.Ordinal)
            && !name.Contains('\'', StringComparison.Ordinal);

    private static bool IsPlain(char c) => char.IsLetterOrDigit(c) || PlainMarks.Contains(c, StringComparison.Ordinal);

    // Single quotes: within them the system's shell takes everything as it is, too. A word of Panicle's own may hold what only
    // means something to that one.
    private string Quote(string name) =>
        name.All(IsPlain) || (!IsForSystem && !name.AsSpan().ContainsAny(Meaning)) ? name : $"'{name}'";
}

/// <summary>
/// Completes a line by the commands' declarations. Names from the dump come from the providers, which are asked for the
/// prefix and only when a declaration calls for their kind.
/// </summary>
internal sealed class Completer(CommandSet commands, IReadOnlyDictionary<Completes, Func<string, IEnumerable<string>>> providers)
{
    /// <summary>Enough to choose from; a kernel has 200,000 symbols.</summary>
    public const int MaxCandidates = 400;

    /// <summary>Completes the word that ends at the cursor.</summary>
    public Completion Complete(string line, int cursor)
    {
        var start = cursor;
        while (start > 0 && !char.IsWhiteSpace(line[start - 1]))
            start--;
        var prefix = line[start..cursor];
        // What was quoted before is found without its quote, and quoted anew.
        if (prefix is ['\'' or '"', ..])
            prefix = prefix[1..];
        var words = CommandLine.Parse(line[..start]);
        if (words.Redirection is not null)
            return new Completion(start, Sorted(Files(prefix))) { IsForSystem = true };
        if (words.Words.Count == 0)
            return new Completion(start, Sorted(Names(prefix)));
        return commands.Find(words.Name) is { } command
            ? new Completion(start, Sorted(Argument(command.Info, words, prefix)))
            : new Completion(start, []);
    }

    private IEnumerable<string> Argument(CommandInfo info, CommandLine before, string prefix)
    {
        if (before.Words.Count > 1 && info.FindOption(before.Words[^1].Text) is { ValueName: not null } option)
            return option.Choices.Where(choice => Starts(choice, prefix)).Concat(Provide(option.Completes, prefix));
        if (prefix.StartsWith('-'))
            return info.Options.Where(o => !o.IsHidden && !IsExcluded(info, o, before)).Select(o => o.Name).Append("--json")
                .Append("--help").Where(o => Starts(o, prefix));
        var operands = before.Arguments.Count(w => !Starts(w.Text, "-"));
        var operand = operands < info.Operands.Count ? info.Operands[operands] : info.Operands.LastOrDefault(o => o.IsRepeated);
        return operand is null
            ? []
            : operand.Choices.Where(choice => Starts(choice, prefix)).Concat(Provide(operand.Completes, prefix));
    }

    // What excludes an option that stands there already isn't offered.
    private static bool IsExcluded(CommandInfo info, Option option, CommandLine before) => info.OneOf.Any(group =>
        group.Options.Contains(option.Name)
            && before.Arguments.Any(word => word.Text != option.Name && group.Options.Contains(word.Text)));

    private IEnumerable<string> Provide(Completes kinds, string prefix)
    {
        IEnumerable<string> found = [];
        if (kinds.HasFlag(Completes.Commands))
            found = found.Concat(Names(prefix));
        if (kinds.HasFlag(Completes.Files))
            found = found.Concat(Files(prefix));
        foreach (var (kind, provider) in providers)
        {
            if (kinds.HasFlag(kind))
                found = found.Concat(provider(prefix).Where(n => Starts(n, prefix)).Take(MaxCandidates));
        }
        return found;
    }

    private IEnumerable<string> Names(string prefix) =>
        commands.All.SelectMany(c => c.Info.Aliases.Prepend(c.Info.Name)).Where(n => Starts(n, prefix));

    private static IEnumerable<string> Files(string prefix)
    {
        var slash = prefix.LastIndexOf('/') + 1;
        var folder = slash == 0 ? "." : prefix[..slash];
        if (!Directory.Exists(folder))
            return [];
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        return Directory.EnumerateFileSystemEntries(folder, prefix[slash..] + "*", options)
            .Select(p => prefix[..slash] + Path.GetFileName(p) + (Directory.Exists(p) ? "/" : ""))
            .Take(MaxCandidates);
    }

    private static IReadOnlyList<string> Sorted(IEnumerable<string> words) =>
        [.. words.Where(Completion.CanBeQuoted).Distinct().Take(MaxCandidates).Order(StringComparer.Ordinal)];

    private static bool Starts(string word, string prefix) => word.StartsWith(prefix, StringComparison.Ordinal);
}
