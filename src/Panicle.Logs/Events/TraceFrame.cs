using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Formats.Json;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>A frame of a call trace as the text shows it.</summary>
/// <param name="Function">
/// The function, with its compiler suffix (<c>.isra.0</c>), or null where there is only an address.
/// </param>
/// <param name="Offset">Bytes from the function's start, or null.</param>
/// <param name="Size">The function's length in bytes, or null.</param>
/// <param name="Address">The address, or null where the text has none or hashed it.</param>
/// <param name="Module">The module, or null.</param>
/// <param name="Location">The source file and line, if the text has them.</param>
/// <param name="IsReliable">False for what the unwinder only found on the stack ("? function").</param>
/// <param name="IsInlined">Whether the text says that the function was inlined into the next frame's.</param>
/// <param name="Context">Where it ran: task, IRQ, NMI, SOFTIRQ, another exception stack's name.</param>
public sealed partial record TraceFrame(
    string? Function, ulong? Offset, ulong? Size, Address? Address, string? Module, string? Location, bool IsReliable,
    bool IsInlined, string Context)
{
    /// <summary>Whether it is where an exception or interrupt came (a <c>RIP:</c> within the trace).</summary>
    public bool IsException { get; init; }

    /// <summary>
    /// What the code was compiled from, where the kernel's files were given: the innermost function that was inlined here first,
    /// the frame's own function last.
    /// </summary>
    public IReadOnlyList<SourceFrame> Source { get; init; } = [];

    /// <summary>The function, or the address in hex.</summary>
    public string Name => Function ?? (Address is { } address ? $"0x{address.Value:x}" : "?");

    /// <summary>
    /// The frame's place for people: as the kernel writes it, <c>function+0x1/0x20 [module]</c>, with the path of a Rust function
    /// in place of its symbol.
    /// </summary>
    public string Place =>
        new CodePlace(Name, Offset, Size, Module).Demangled.ToString();

    internal static bool TryParse(string text, string context, out TraceFrame frame)
    {
        if (text.Length < 1024 && Shape().Match(text) is { Success: true } match)
        {
            frame = Of(match, context);
            return true;
        }
        if (text.Length < 1024 && AddressOnly().Match(text) is { Success: true } bare)
        {
            frame = Of(bare, context);
            return true;
        }
        frame = null!;
        return false;
    }

    /// <summary>The first place in a text that names a function, or else an address.</summary>
    internal static TraceFrame? PlaceIn(string text, string context) =>
        FirstIn(text, context)
            ?? (text.Length < 1024 && AddressFirst().Match(text) is { Success: true } match ? Of(match, context) : null);

    /// <summary>Every <c>function+0x1/0x2</c> in a text.</summary>
    internal static TraceFrame? FirstIn(string text, string context = "task") =>
        text.Length < 1024 && PlaceAnywhere().Match(text) is { Success: true } match ? Of(match, context) : null;

    private static TraceFrame Of(Match match, string context)
    {
        var function = match.Groups["f"] is { Success: true } name ? name.Value : null;
        var address = Hex(match.Groups["a"]);
        return new TraceFrame(
            function, Hex(match.Groups["o"]), Hex(match.Groups["s"]), address is { } value ? new Address(value) : null,
            match.Groups["m"] is { Success: true } module ? module.Value : null,
            match.Groups["l"] is { Success: true } line ? line.Value : null,
            !match.Groups["q"].Success && !match.Groups["u"].Success, match.Groups["i"].Success, context);
    }

    private static ulong? Hex(Group group) =>
        group.Success && ulong.TryParse(
            group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    // A symbol: C, a compiler's clone, Rust (mangled or not).
    private const string Symbol = @"(?<f>(?:<[^+\[\]]{1,200}>|[A-Za-z_.$])[\w.$:<>]*)";

    private const string OffsetAndSize = @"\+(?:0x)?(?<o>[0-9a-f]{1,8})(?:/(?:0x)?(?<s>[0-9a-f]{1,8}))?";

    // Module with its taints or build id, then what a symbolizer added.
    private const string Tail =
        @"(?:\s\[(?!inline\])(?<m>[\w-]+)(?:\([A-Z+-]+\))?(?:\s[0-9a-f]{20,40})?\])?(?<u>\s\(unreliable\)|\s\(P\))?(?:\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+))?(?<i>\s\[inline\])?";

    // "[<ffffffff81d90889>] ? dump_stack+0xc1/0x128", " #1 [<...>] f+0x1/0x2", ppc's "[c000...] [c000...] f+0x1/0x2",
    // "f at file.c:12 [inline]", arm's "(f) from [<..>] (g+0x1/0x2)" and "f from g+0x1/0x2".
    [GeneratedRegex(
        @"^\s*(?:#\d+:?\s+)?(?:\(?(?:\[<?(?<a>[0-9a-f]{8,16})>?\]|(?<a>(?<=#\d+ )[0-9a-f]{16}):?)\)?\s*)*(?:(?<q>\?)\s+)?(?:\(?[\w.$]+\)?\sfrom\s(?:\[<(?<a>[0-9a-f]{8,16})>\]\s)?)?\(?" +
        Symbol + @"(?:" + OffsetAndSize + @"\)?" + Tail + @"|\s(?<l>[\w./+-]+\.[chSrs]{1,3}:\d+)(?<i>\s\[inline\])?)\)?\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    // Without symbols: "[<ffffffff81d90889>] ? 0xffffffff81d90889", "[<ffffffff81d90889>]".
    [
        GeneratedRegex(
            @"^\s*(?:#\d+:?\s+)?(?:\[<(?<a>[0-9a-f]{8,16})>\]\s*)+(?:(?<q>\?)\s+)?(?:0x[0-9a-f]{8,16}(?:/0x[0-9a-f]+)?)?\s*$|^\s+(?:(?<q>\?)\s+)?0x(?<a>[0-9a-f]{8,16})\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex AddressOnly();

    [GeneratedRegex(@"^\s*(?:\[<|0x)(?<a>[0-9a-f]{8,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex AddressFirst();

    [GeneratedRegex(Symbol + OffsetAndSize + Tail, RegexOptions.CultureInvariant)]
    private static partial Regex PlaceAnywhere();
}
