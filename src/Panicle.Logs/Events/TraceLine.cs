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
        if (text.Length < 1024 && text.Contains(" (", StringComparison.Ordinal)
            && Decoded().Match(text) is { Success: true } decoded)
        {
            frame = Of(decoded, stack);
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

    /// <summary>
    /// What was called, where a line names it beside its caller, as arm did before 3.13:
    /// <c>[&lt;c00151e8&gt;] (unwind_backtrace+0x0/0xf8) from [&lt;c03f9acc&gt;] (dump_stack+0x1c/0x20)</c>; or null.
    /// </summary>
    public static BacktraceFrame? CalleeIn(string text, FrameStack stack) =>
        text.Length < 1024 && Callee().Match(text) is { Success: true } match ? Of(match, stack) : null;

    /// <summary>The first place in a text that names a function, or else an address.</summary>
    public static BacktraceFrame? PlaceIn(string text, FrameStack stack) =>
        FirstIn(text, stack)
            ?? (text.Length < 1024 && AddressFirst().Match(text) is { Success: true } match ? Of(match, stack) : null);

    /// <summary>The first <c>function+0x1/0x2</c> in a text.</summary>
    public static BacktraceFrame? FirstIn(string text) => FirstIn(text, FrameStack.Task);

    private static BacktraceFrame? FirstIn(string text, FrameStack stack) =>
        text.Length >= 1024 ? null
        : Decoded().Match(text) is { Success: true } decoded ? Of(decoded, stack)
        : PlaceAnywhere().Match(text) is { Success: true } match ? Of(match, stack) : null;

    private static BacktraceFrame Of(Match match, FrameStack stack) => new()
    {
        Function = WithoutDot(Text(match.Groups["f"])),
        Offset = Hex(match.Groups["o"]),
        Size = Hex(match.Groups["s"]),
        Address = Hex(match.Groups["a"]) is { } address ? new Address(address) : null,
        Module = Text(match.Groups["m"]),
        Location = Text(match.Groups["l"]),
        IsReliable = !match.Groups["q"].Success && !match.Groups["u"].Success,
        IsInlined = match.Groups["i"].Success,
        Stack = stack,
    };

    // The code of a function whose descriptor has the name (ppc64 before little-endian).
    private static string? WithoutDot(string? name) => name is ['.', _, ..] ? name[1..] : name;

    private static string? Text(Group group) => group.Success ? group.Value : null;

    private static ulong? Hex(Group group) =>
        group.Success && ulong.TryParse(
            group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    // A symbol: C, a compiler's clone, Rust (mangled or not).
    private const string Symbol = @"(?<f>(?:<[^+\[\]]{1,200}>|[A-Za-z_.$])[\w.$:<>]*)";

    private const string OffsetAndSize = @"\+(?:0x)?(?<o>[0-9a-f]{1,8})(?:/(?:0x)?(?<s>[0-9a-f]{1,8}))?";

    // A module with its taints, build id or, where functions have no names, address.
    private const string Module =
        @"\[(?!inline\])(?<m>[\w-]+)(?:\([A-Z+-]+\))?(?:\s[0-9a-f]{20,40})?(?:@[0-9a-f]{1,16}\+0x[0-9a-f]{1,8})?\]";

    // Behind it how arm64 came to the frame ("P" the program counter, "L" the link register, "C" the caller; "U": it doesn't
    // know), and what a symbolizer added.
    private const string Tail = @"(?:\s" + Module + @")?(?<u>\s\(unreliable\)|\s\(U[A-Z]*\))?(?:\s\([A-Z]{1,4}\))?"
        + @"(?:\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+))?(?<i>\s\[inline\])?";

    // The stack that begins there, on the same line: "<IRQ>  [<…>] f", "<<EOE>>  [<…>] f".
    private const string Stacks = @"(?:<{1,2}/?[A-Z#][A-Z_#]{1,24}>{1,2}\s+)*";

    // An address, or what is shown in its place.
    private const string At = @"(?:\[<?(?<a>[0-9a-f]{8,16})>?\]|\[<\(_*ptrval_*\)>\]|(?<a>(?<=#\d+ )[0-9a-f]{16}):?)";

    // "[<ffffffff81d90889>] ? dump_stack+0xc1/0x128", " #1 [<...>] f+0x1/0x2", ppc's "[c000...] [c000...] f+0x1/0x2",
    // "f at file.c:12 [inline]", arm's "(f) from [<..>] (g+0x1/0x2)" and "f from g+0x1/0x2".
    [GeneratedRegex(
        @"^\s*(?:#\d+:?\s+)?" + Stacks + @"(?:\(?" + At + @"\)?\s*)*(?:(?<q>\?)\s+)?"
            + @"(?:\(?[\w.$]+(?:\+0x[0-9a-f]+/0x[0-9a-f]+)?(?:\s\[[\w-]+\])?\)?\sfrom\s(?:" + At + @"\s?)?)?\(?" +
        Symbol + @"(?:" + OffsetAndSize + @"\)?" + Tail + @"|\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+)(?<i>\s\[inline\])?)\)?\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex(
        @"^\s*" + At + @"\s?\(" + Symbol + OffsetAndSize + @"(?:\s" + Module + @")?\)\sfrom\s", RegexOptions.CultureInvariant)]
    private static partial Regex Callee();

    // What scripts/decode_stacktrace.sh makes of a frame: "f (fs/f.c:119 (discriminator 3)) module". The last place is the
    // function's own, those before it are what was inlined there.
    [GeneratedRegex(
        @"^\s*(?:[0-9a-f]{2,4}:)?" + Stacks + @"(?:" + At + @"\s*)*(?:(?<q>\?)\s+)?" + Symbol + "(?:" + OffsetAndSize
            + @")?\s\((?:(?:(?:\./)?(?<l>[\w./+-]{1,200}\.[chSrs]{1,3}:\d{1,7})|\?\?:[?\d]{1,7})"
            + @"(?:\s\(discriminator\s\d+\))?\s?){1,16}\)"
            + @"(?:\s" + Module + @"|\s(?<m>[a-z][\w-]*))?(?<u>\s\(unreliable\))?(?:\s\([A-Z]{1,4}\))?\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Decoded();

    // Without symbols: "[<ffffffff81d90889>] ? 0xffffffff81d90889", "[<ffffffff81d90889>]",
    // "0xffffffc000c81e2c [module@…+0x12000]".
    [GeneratedRegex(
        @"^\s*(?:#\d+:?\s+)?" + Stacks + @"(?:\[<(?<a>[0-9a-f]{8,16})>\]\s*)+(?:(?<q>\?)\s+)?"
            + @"(?:0x[0-9a-f]{8,16}(?:/0x[0-9a-f]+)?)?(?:\s" + Module + @")?\s*$"
            + @"|^\s+(?:(?<q>\?)\s+)?0x(?<a>[0-9a-f]{8,16})(?:\s" + Module + @")?\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex AddressOnly();

    [GeneratedRegex(@"^\s*(?:\[<|0x)(?<a>[0-9a-f]{8,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex AddressFirst();

    [GeneratedRegex(Symbol + OffsetAndSize + Tail, RegexOptions.CultureInvariant)]
    private static partial Regex PlaceAnywhere();
}
