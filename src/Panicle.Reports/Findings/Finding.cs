using System.Text.Json.Serialization;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>How sure a finding is.</summary>
public enum Certainty
{
    /// <summary>The evidence leaves no other reading.</summary>
    Certain,

    /// <summary>The evidence fits, and another reading would be a surprise.</summary>
    Likely,

    /// <summary>The evidence allows it, as it does other readings.</summary>
    Possible,
}

/// <summary>What a finding is to the crash.</summary>
public enum FindingRole
{
    /// <summary>What went wrong first: without it the crash would not have been.</summary>
    Cause,

    /// <summary>What the kernel noticed of it: its own check, watchdog or limit.</summary>
    Symptom,

    /// <summary>What brought the machine down once things had gone wrong, or because someone wanted it: sysrq, an NMI.</summary>
    Trigger,

    /// <summary>What may have to do with it: an unusual module, an earlier warning.</summary>
    Circumstance,
}

/// <summary>One thing that explains a crash, or helps to.</summary>
/// <param name="Kind">What kind of trouble, in the same words as for a log.</param>
/// <param name="Title">What it is, in one sentence.</param>
/// <param name="Certainty">How sure it is.</param>
/// <param name="Role">What it is to the crash.</param>
/// <param name="Evidence">What says so, each with a way to check it.</param>
/// <param name="Advice">What to do next.</param>
public sealed record Finding(
    OopsKind Kind, string Title, Certainty Certainty, FindingRole Role, IReadOnlyList<Evidence> Evidence, string? Advice = null)
{
    /// <summary>
    /// The place in the ranking, the first the lowest: what is certain before what is likely, causes before symptoms. A request
    /// for the dump (sysrq) explains it, unless something at least likely was wrong: that is why it was asked for.
    /// </summary>
    [JsonIgnore]
    public int Rank => Role switch
    {
        FindingRole.Cause or FindingRole.Symptom => (int)Certainty * 4 + (int)Role + (Certainty == Certainty.Possible ? 2 : 0),
        FindingRole.Trigger => 8,
        _ => 20 + (int)Certainty,
    };
}

/// <summary>Something that a reader can check.</summary>
/// <param name="Text">What there is, with its addresses and values; or the line of the log.</param>
/// <param name="Command">The command of the shell that shows it, or null.</param>
public sealed record Evidence(string Text, string? Command = null)
{
    /// <summary>The number of the line, where the evidence is a line of a text; else null.</summary>
    public long? Line { get; init; }
}
