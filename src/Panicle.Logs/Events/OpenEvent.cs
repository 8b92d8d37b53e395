using System.Text.RegularExpressions;
using Panicle.Logs.Reading;

namespace Panicle.Logs.Events;

/// <summary>An event whose lines are still coming.</summary>
internal sealed partial class OpenEvent
{
    // More than any report has; a kernel that prints without end must not fill the memory.
    private const int MostLines = 6000;
    private const int MostCharacters = 1 << 20;

    private int _characters;

    public OpenEvent(EventRule rule, Match match, LogLine headline, long firstLine)
    {
        (Rule, Match, Headline, FirstLine, LastLine) = (rule, match, headline, firstLine, headline.Number);
        HasNumber = Number().IsMatch(headline.Text);
        Lines.Add(headline);
    }

    public EventRule Rule { get; private set; }

    public Match Match { get; private set; }

    public LogLine Headline { get; private set; }

    /// <summary>Its other headline, where it has two: what the first doesn't say, this one may.</summary>
    public (Match Match, LogLine Line)? Second { get; private set; }

    public long FirstLine { get; }

    public long LastLine { get; private set; }

    public List<LogLine> Lines { get; } = [];

    /// <summary>Whether registers or a trace came: a headline from now on is another event's.</summary>
    public bool HasBody { get; private set; }

    public int BodyLines { get; private set; }

    /// <summary>Whether die() gave it its number, "[#1]": its headlines are over.</summary>
    public bool HasNumber { get; private set; }

    /// <summary>Whether it is a panic that nothing else was told of before.</summary>
    public bool IsPanic => Rule.Part == HeadlinePart.Panic || Match.Groups["why"].Success;

    public bool HasEnd { get; private set; }

    public bool Panicked => PanicMessage is not null;

    public string? PanicMessage { get; set; }

    /// <summary>Lines since the last one that belonged here.</summary>
    public int Idle { get; private set; }

    /// <summary>Whether another event began before this one's end.</summary>
    public bool WasInterrupted { get; set; }

    public int Count { get; set; } = 1;

    public void Rename(EventRule rule, Match match, LogLine headline)
    {
        Second = (Match, Headline);
        (Rule, Match, Headline) = (rule, match, headline);
    }

    /// <summary>Takes in a headline that says less than its own.</summary>
    public void Mention(Match match, LogLine line) => Second ??= (match, line);

    /// <summary>Takes in what another line tells of the same thing.</summary>
    public void Join(OpenEvent next)
    {
        LastLine = next.LastLine;
        if (Lines.Count < MostLines)
            Lines.AddRange(next.Lines);
    }

    public void Add(LogLine line)
    {
        _characters += line.Text.Length;
        if (Lines.Count >= MostLines || _characters > MostCharacters)
        {
            Idle++;
            return;
        }
        Lines.Add(line);
        HasNumber |= Number().IsMatch(line.Text);
        var content = EventContent.Of(line.Text);
        if (content == ContentKind.None)
        {
            Idle++;
            return;
        }
        Idle = 0;
        LastLine = line.Number;
        if (content == ContentKind.Body)
        {
            HasBody = true;
            BodyLines++;
        }
        else if (content == ContentKind.End)
            HasEnd = true;
    }

    [GeneratedRegex(@"\[#[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
