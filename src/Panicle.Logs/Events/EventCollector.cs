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
        // A dump of all tasks, of the memory or of the locks that someone asked for is about the whole machine.
        if (open is not null && Request().IsMatch(line.Text))
        {
            Close(caller, open, isInterrupted: false);
            open = null;
        }
        if (line.Text.Contains("[ cut here ]", StringComparison.Ordinal))
        {
            _cut = line.Number;
            if (open is { HasBody: true })
                Close(caller, open, isInterrupted: !open.HasEnd);
            return;
        }
        var headline = line.Text.StartsWith(' ')
            ? new LogLine(line.Number, line.Text.TrimStart(' '), line.Seconds, line.Caller) : line;
        if (!EndsPanic(line.Text) && EventRules.Find(headline.Text) is var (rule, match))
            AddHeadline(caller, open, rule, match, headline);
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
        if (rule.Part == HeadlinePart.Remark && open is not null && rule.Kind is { } kind
            && (kind == open.Rule.Kind || kind == OopsKind.Warning))
        {
            open.Add(line);
            return;
        }
        if (rule.Part is HeadlinePart.Line or HeadlinePart.Record or HeadlinePart.Remark)
        {
            Emit(new OpenEvent(rule, match, line, line.Number));
            return;
        }
        // The panic that a machine check ends in.
        if (open is null && rule.Kind == OopsKind.HardwareError && PanicIn(line.Text) is not null
            && _last is { Rule: { Part: HeadlinePart.Record, Kind: OopsKind.HardwareError } } record
            && line.Number - record.LastLine <= CutDistance && !IsApart(record, line, Moment))
            (_open[caller], open, _last) = (record, record, null);
        if (open is not null && Continues(open, rule, match, line))
        {
            open.Add(line);
            if (PanicIn(line.Text) is { } why)
                _panic = open.PanicMessage ??= why;
            else if (!open.HasBody && open.Rule.Part == HeadlinePart.General && rule.Part == HeadlinePart.Headline)
                open.Rename(rule, match, line);
            else if (!open.HasBody)
                open.Mention(match, line);
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
        {
            var why = match.Groups["why"].Value;
            // Whoever asked for the crash had seen something, which isn't what the kernel died of.
            return Consequence().IsMatch(why) || !open.HasEnd && !why.StartsWith("sysrq triggered", StringComparison.Ordinal)
                && (open.HasBody || !IsApart(open, line, Headlines));
        }
        // Who had allocated and freed an object belongs to the report of it, behind its trace, too.
        if (History().IsMatch(line.Text))
            return IsOfObject(open.Rule.Kind);
        // It may come ten seconds later, after CPUs were asked for their traces and didn't answer.
        if (open.Rule.Kind == OopsKind.RcuStall && rule.Gate == EventRules.Afterthought)
            return true;
        var isPanic = PanicIn(line.Text) is not null && rule.Kind == open.Rule.Kind;
        if (!open.HasBody && !isPanic && (open.Rule.Part == HeadlinePart.Record || IsApart(open, line, Headlines)
            || IsAnother(open, rule, line)))
            return false;
        // A crash within the handling of another: the number of the oops ends its headlines, and a panic has but one.
        // Where nothing tells who prints, a double fault among an oops's first lines is another CPU's that runs through them.
        if (!open.HasBody && rule.Part == HeadlinePart.Headline && (open.HasNumber || open.IsPanic)
            && (rule.Kind != OopsKind.DoubleFault || line.Caller is not null))
            return false;
        // A report of no memory left, or of a CPU that hangs, ends with the panic about it.
        if (!open.HasBody || isPanic)
            return true;
        // Another CPU says the same of the same moment; a later moment is another stall.
        return rule.Blame == Blame.Stuck && open.Rule.Kind == rule.Kind && !open.Panicked
            && line.Seconds is not null && !IsApart(open, line, Moment) && FlavourOf(line) == FlavourOf(open.Headline);
    }

    // Headlines of one thing follow each other at once; a serial line may take a second for them.
    private const double Headlines = 3;

    // CPUs that stall for the same reason say so together.
    private const double Moment = 3;

    private static bool IsApart(OpenEvent open, LogLine line, double seconds) =>
        line.Seconds - open.Headline.Seconds is { } between && Math.Abs(between) > seconds;

    // Each task that hangs and each CPU that is stuck has a report of its own. The same line twice is one that two consoles
    // wrote.
    private static bool IsAnother(OpenEvent open, EventRule rule, LogLine line) =>
        rule.Kind is OopsKind.HungTask or OopsKind.SoftLockup or OopsKind.OutOfMemory
            && rule.Kind == open.Rule.Kind && rule.Part == HeadlinePart.Headline && line.Text != open.Headline.Text;

    private static string? FlavourOf(LogLine line) => Flavour().Match(line.Text) is { Success: true } match ? match.Value : null;

    private static bool IsOfObject(OopsKind kind) => kind is OopsKind.MemoryCorruption or OopsKind.MemoryLeak
        or OopsKind.UseAfterFree or OopsKind.OutOfBounds or OopsKind.InvalidFree or OopsKind.Bug;

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
        if (_last is { } record && IsOfRecord(record, next))
        {
            record.Join(next);
            return;
        }
        if (_last is not null)
            complete(_last);
        _last = next;
    }

    // The lines of a record come together. A second machine check, a report of the firmware's with another number, or a process
    // that another one's end didn't help isn't the same.
    private static bool IsOfRecord(OpenEvent record, OpenEvent next)
    {
        if (next.Rule.Part == HeadlinePart.Remark)
            return record.Rule.Part == HeadlinePart.Remark && record.Rule.Kind == next.Rule.Kind
                && record.Match.Groups["pid"].Value == next.Match.Groups["pid"].Value
                && next.FirstLine - record.LastLine <= RecordDistance;
        return record.Rule.Part == HeadlinePart.Record && next.Rule.Part == HeadlinePart.Record
            && next.FirstLine - record.LastLine <= RecordDistance && !IsApart(record, next.Headline, 1)
            && (StartOf(next) is not { } start
                || record.Lines.TrueForAll(line => Start().Match(line.Text) is not { Success: true } known
                    || known.Value == start && known.Groups["number"].Success));
    }

    private static string? StartOf(OpenEvent record) =>
        Start().Match(record.Headline.Text) is { Success: true } match ? match.Value : null;

    // What begins a machine check, and the number that the kernel gives to each of the firmware's reports.
    [GeneratedRegex(@"CPU:? ?\d+: Machine Check(?: Exception)?: |\{(?<number>\d+)\}\[Hardware Error\]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Start();

    [GeneratedRegex(@"^(?:INFO: )?(?:Allocated|Freed) in ", RegexOptions.CultureInvariant)]
    private static partial Regex History();

    [GeneratedRegex(@"\brcu_\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Flavour();

    [GeneratedRegex(@"^(?:sysrq: |SysRq : )(?:Show|Dump)", RegexOptions.CultureInvariant)]
    private static partial Regex Request();

    [GeneratedRegex(
        @"Fatal exception|panic_on_\w+ set|hung_task: blocked|softlockup: hung|Hard LOCKUP|RCU Stall"
            + @"|Attempted to kill (?:init|the idle)|Fatal|Oops|BUG!|kernel stack overflow|Machine halted",
        RegexOptions.CultureInvariant)]
    private static partial Regex Consequence();
}
