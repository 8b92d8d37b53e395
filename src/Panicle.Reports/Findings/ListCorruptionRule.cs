using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A linked list's neighbours don't point to each other (lib/list_debug.c).</summary>
internal sealed partial class ListCorruptionRule : FindingRule
{
    private const int MostPlaces = 4;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.InLastWords(text => text.StartsWith("list_add ", StringComparison.Ordinal)
            || text.StartsWith("list_add corruption", StringComparison.Ordinal)
            || text.StartsWith("list_del corruption", StringComparison.Ordinal)).LastOrDefault() is not { Text: not null } said)
            yield break;
        // In a log, a list may be found broken because of what was told before.
        if (context.Kernel is null && context.Event?.Kind != OopsKind.MemoryCorruption)
            yield break;
        var user = context.Trace?.Frames.SkipWhile(frame => !IsCheck(frame.Function?.Name))
            .FirstOrDefault(frame => !IsCheck(frame.Function?.Name));
        var name = user is not null ? FindingContext.FunctionOf(user) : context.Event?.FullFunction ?? "the kernel";
        List<Evidence> evidence = [.. context.Words.Prepend(context.Quote(said)).Distinct()];
        foreach (var text in Pointer().Matches(said.Text).Select(match => match.Groups[1].Value).Distinct().Take(MostPlaces))
        {
            if (context.Kernel is { } kernel
                && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
            {
                var place = kernel.Mm.Addresses.Find(address, context.Task);
                evidence.Add(new($"0x{text} is {place.Summary}", $"struct list_head {text}"));
            }
        }
        yield return new Finding(OopsKind.MemoryCorruption,
            $"A linked list was corrupted: {name} found neighbours that don't point to each other (list corruption)",
            context.Message.Contains("list_debug.c", StringComparison.Ordinal)
                || context.Kernel is null && context.Event?.Kind == OopsKind.MemoryCorruption
                    ? Certainty.Certain
                    : Certainty.Likely,
            FindingRole.Cause, evidence,
            "The list was changed without its lock, or an entry was freed, added twice or overwritten while on it. "
                + "See what the addresses above belong to.");
    }

    private static bool IsCheck(string? name) => name is not null
        && (name.StartsWith("__list_add_valid", StringComparison.Ordinal)
            || name.StartsWith("__list_del_entry_valid", StringComparison.Ordinal));

    // %px: sixteen digits. Hashed pointers (%p) begin with eight zeros and lead nowhere.
    [GeneratedRegex(@"\b([0-9a-f]{16})\b")]
    private static partial Regex Pointer();
}
