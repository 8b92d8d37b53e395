using System.Text.RegularExpressions;
using Panicle.Logs.Reading;

namespace Panicle.Logs.Events;

/// <summary>
/// Puts a log's lines together to events. Where lines tell who printed them, each caller's event is followed on its own, so that
/// two CPUs' reports that run through each other come apart.
/// </summary>
internal sealed partial class EventCollector(Action<OpenEvent> complete)
{
    // An event is over after so many lines that aren't of it.
    private const int MostIdle = 120;
    private const int MostIdleAfterEnd = 40;

    // "cut here" belongs to the headline that follows at once.
    private const int CutDistance = 3;

    // Between the lines of a record of a hardware error there may be another's.
    private const int RecordDistance = 3;

    // No machine has so many CPUs in trouble that print at the same time; a text that says so is made up.
    private const int MostOpen = 64;

    private const string Panic = "Kernel panic - not syncing: ";
    private const string EndOfEnd = "]---";

    private readonly Dictionary<string, OpenEvent> _open = [];
    private OpenEvent? _last;
    private long _cut = -CutDistance;
    private string? _panic;

    /// <summary>Whether no event is open, so that lines without a headline don't matter.</summary>
    public bool IsIdle => _open.Count == 0;

    public void Add(LogLine line)
    {
        var caller = line.Caller ?? "";
        _open.TryGetValue(caller, out var open);
        if (line.Text.Contains("[ cut here ]", StringComparison.Ordinal))
        {
            _cut = line.Number;
            if (open is { HasBody: true })
                Close(caller, open, isInterrupted: !open.HasEnd);
            return;
        }
        if (!EndsPanic(line.Text) && EventRules.Find(line.Text) is var (rule, match))
            AddHeadline(caller, open, rule, match, line);
        else if ((open ?? Adopting(line)) is { } owner)
            owner.Add(line);
        foreach (var (key, stale) in _open)
        {
            if (stale.Idle > (stale.HasEnd ? MostIdleAfterEnd : MostIdle))
            {
                Close(key, stale, isInterrupted: false);
                break;
            }
        }
    }

    /// <summary>Takes the events that are still open as they are, because the text has ended.</summary>
    public void Finish()
    {
        foreach (var (key, open) in _open.ToList())
            Close(key, open, isInterrupted: false);
        if (_last is not null)
            complete(_last);
        _last = null;
    }

    private void AddHeadline(string caller, OpenEvent? open, EventRule rule, Match match, LogLine line)
    {
        if (rule.Part is HeadlinePart.Line or HeadlinePart.Record)
        {
            Emit(new OpenEvent(rule, match, line, line.Number));
            return;
        }
        if (open is not null && Continues(open, rule, match, line))
        {
            open.Add(line);
            if (PanicIn(line.Text) is { } why)
                _panic = open.PanicMessage ??= why;
            else if (!open.HasBody && open.Rule.Part == HeadlinePart.General && rule.Part == HeadlinePart.Headline)
                open.Rename(rule, match, line);
            return;
        }
        if (open is not null)
            Close(caller, open, isInterrupted: !open.HasEnd);
        var first = line.Number - _cut <= CutDistance ? _cut : line.Number;
        var opened = new OpenEvent(rule, match, line, first);
        if (PanicIn(line.Text) is { } panic)
            _panic = opened.PanicMessage = panic;
        if (_open.Count >= MostOpen)
        {
            var (key, oldest) = _open.MinBy(pair => pair.Value.LastLine);
            Close(key, oldest, isInterrupted: !oldest.HasEnd);
        }
        _open[caller] = opened;
    }

    // What a panic says, wherever its line says more than that: "Kernel panic - not syncing: stack-protector: Kernel stack is …".
    private static string? PanicIn(string text)
    {
        var at = text.IndexOf(Panic, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var why = text.AsSpan(at + Panic.Length).Trim();
        return (why.EndsWith(EndOfEnd) ? why[..^EndOfEnd.Length].Trim() : why).ToString();
    }

    // "---[ end Kernel panic - not syncing: … ]---" ends what was told before. Where that was lost, it is all that is left of it.
    private bool EndsPanic(string text) =>
        text.Contains("---[ end " + Panic.TrimEnd(':', ' '), StringComparison.Ordinal)
        && (_panic is not null || _open.Count > 0);

    private static bool Continues(OpenEvent open, EventRule rule, Match match, LogLine line)
    {
        if (rule.Part == HeadlinePart.Panic)
            return !open.HasEnd || Consequence().IsMatch(match.Groups["why"].Value);
        // A crash within the handling of another: the number of the oops ends its headlines, and a panic has but one.
        // Where nothing tells who prints, a double fault among an oops's first lines is another CPU's that runs through them.
        if (!open.HasBody && rule.Part == HeadlinePart.Headline && (open.HasNumber || open.IsPanic)
            && (rule.Kind != OopsKind.DoubleFault || line.Caller is not null))
            return false;
        // A report of no memory left ends with the panic about it.
        if (!open.HasBody || (rule.Kind == open.Rule.Kind && match.Groups["why"].Success))
            return true;
        return rule.Blame == Blame.Stuck && open.Rule.Kind == rule.Kind && !open.Panicked;
    }

    // Other CPUs print their part of a lockup's report themselves.
    private OpenEvent? Adopting(LogLine line) =>
        line.Caller is null ? null : _open.Values.FirstOrDefault(open => open.Rule.Blame == Blame.Stuck);

    private void Close(string caller, OpenEvent open, bool isInterrupted)
    {
        open.WasInterrupted = isInterrupted;
        _open.Remove(caller);
        Emit(open);
    }

    // The same line again and again is one event, counted.
    private void Emit(OpenEvent next)
    {
        if (_last is { Rule.Part: HeadlinePart.Line } last && last.Rule == next.Rule && last.Headline.Text == next.Headline.Text)
        {
            last.Count++;
            return;
        }
        if (_last is { Rule.Part: HeadlinePart.Record } record && next.Rule.Part == HeadlinePart.Record
            && next.FirstLine - record.LastLine <= RecordDistance)
        {
            record.Join(next);
            return;
        }
        if (_last is not null)
            complete(_last);
        _last = next;
    }

    [GeneratedRegex(
        @"Fatal exception|panic_on_\w+ set|hung_task: blocked|softlockup: hung|Hard LOCKUP|RCU Stall"
            + @"|Attempted to kill (?:init|the idle)|Fatal|Oops|BUG!|kernel stack overflow|Machine halted",
        RegexOptions.CultureInvariant)]
    private static partial Regex Consequence();
}
