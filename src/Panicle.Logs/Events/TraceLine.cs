using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Formats.Json;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>Reads the frames of call traces as the kernel prints them.</summary>
internal static partial class TraceLine
{
    /// <summary>The frame that a line of a trace is.</summary>
    /// <param name="text">The line.</param>
    /// <param name="stack">The stack that the trace is on there.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>Whether the whole line is one.</returns>
    public static bool TryParse(string text, FrameStack stack, out BacktraceFrame frame)
    {
        if (text.Length < 1024 && Shape().Match(text) is { Success: true } match)
        {
            frame = Of(match, stack);
            return true;
        }
        if (text.Length < 1024 && AddressOnly().Match(text) is { Success: true } bare)
        {
            frame = Of(bare, stack);
            return true;
        }
        frame = null!;
        return false;
    }

    /// <summary>The first place in a text that names a function, or else an address.</summary>
    public static BacktraceFrame? PlaceIn(string text, FrameStack stack) =>
        FirstIn(text, stack)
            ?? (text.Length < 1024 && AddressFirst().Match(text) is { Success: true } match ? Of(match, stack) : null);

    /// <summary>The first <c>function+0x1/0x2</c> in a text.</summary>
    public static BacktraceFrame? FirstIn(string text) => FirstIn(text, FrameStack.Task);

    private static BacktraceFrame? FirstIn(string text, FrameStack stack) =>
        text.Length < 1024 && PlaceAnywhere().Match(text) is { Success: true } match ? Of(match, stack) : null;

    private static BacktraceFrame Of(Match match, FrameStack stack) => new()
    {
        Function = Text(match.Groups["f"]),
        Offset = Hex(match.Groups["o"]),
        Size = Hex(match.Groups["s"]),
        Address = Hex(match.Groups["a"]) is { } address ? new Address(address) : null,
        Module = Text(match.Groups["m"]),
        Location = Text(match.Groups["l"]),
        IsReliable = !match.Groups["q"].Success && !match.Groups["u"].Success,
        IsInlined = match.Groups["i"].Success,
        Stack = stack,
    };

    private static string? Text(Group group) => group.Success ? group.Value : null;

    private static ulong? Hex(Group group) =>
        group.Success && ulong.TryParse(
            group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    // A symbol: C, a compiler's clone, Rust (mangled or not).
    private const string Symbol = @"(?<f>(?:<[^+\[\]]{1,200}>|[A-Za-z_.$])[\w.$:<>]*)";

    private const string OffsetAndSize = @"\+(?:0x)?(?<o>[0-9a-f]{1,8})(?:/(?:0x)?(?<s>[0-9a-f]{1,8}))?";

    // Module with its taints or build id, then what a symbolizer added.
    private const string Tail =
        @"(?:\s\[(?!inline\])(?<m>[\w-]+)(?:\([A-Z+-]+\))?(?:\s[0-9a-f]{20,40})?\])?(?<u>\s\(unreliable\)|\s\(P\))?"
            + @"(?:\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+))?(?<i>\s\[inline\])?";

    // "[<ffffffff81d90889>] ? dump_stack+0xc1/0x128", " #1 [<...>] f+0x1/0x2", ppc's "[c000...] [c000...] f+0x1/0x2",
    // "f at file.c:12 [inline]", arm's "(f) from [<..>] (g+0x1/0x2)" and "f from g+0x1/0x2".
    [GeneratedRegex(
        @"^\s*(?:#\d+:?\s+)?(?:\(?(?:\[<?(?<a>[0-9a-f]{8,16})>?\]|(?<a>(?<=#\d+ )[0-9a-f]{16}):?)\)?\s*)*(?:(?<q>\?)\s+)?"
            + @"(?:\(?[\w.$]+\)?\sfrom\s(?:\[<(?<a>[0-9a-f]{8,16})>\]\s)?)?\(?" +
        Symbol + @"(?:" + OffsetAndSize + @"\)?" + Tail + @"|\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+)(?<i>\s\[inline\])?)\)?\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    // Without symbols: "[<ffffffff81d90889>] ? 0xffffffff81d90889", "[<ffffffff81d90889>]".
    [GeneratedRegex(
        @"^\s*(?:#\d+:?\s+)?(?:\[<(?<a>[0-9a-f]{8,16})>\]\s*)+(?:(?<q>\?)\s+)?(?:0x[0-9a-f]{8,16}(?:/0x[0-9a-f]+)?)?\s*$"
            + @"|^\s+(?:(?<q>\?)\s+)?0x(?<a>[0-9a-f]{8,16})\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex AddressOnly();

    [GeneratedRegex(@"^\s*(?:\[<|0x)(?<a>[0-9a-f]{8,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex AddressFirst();

    [GeneratedRegex(Symbol + OffsetAndSize + Tail, RegexOptions.CultureInvariant)]
    private static partial Regex PlaceAnywhere();
}
