namespace Panicle.Kdump.Crashkernel;

/// <summary>
/// One <c>crashkernel=</c> of a command line, read as the kernel reads it (parse_crashkernel_mem, _simple and _suffix in
/// kernel/crash_reserve.c).
/// </summary>
/// <param name="Text">What stands after the equals sign.</param>
/// <param name="Form">Its form.</param>
public sealed record CrashkernelArgument(string Text, CrashkernelForm Form)
{
    private const string Name = "crashkernel=";

    // A number below this lacks its unit.
    private const ulong LeastMemory = 1 << 20;

    private static readonly (string Text, CrashkernelForm Form)[] Suffixes =
        [(",high", CrashkernelForm.High), (",low", CrashkernelForm.Low), (",cma", CrashkernelForm.Cma)];

    /// <summary>The size in bytes; for <see cref="CrashkernelForm.Ranges"/> each range has its own.</summary>
    public ulong Size { get; private init; }

    /// <summary>The physical address asked for, or null if the kernel is to choose.</summary>
    public ulong? Offset { get; private init; }

    /// <summary>The ranges, in the order given.</summary>
    public IReadOnlyList<CrashkernelRange> Ranges { get; private init; } = [];

    /// <summary>
    /// Which of the kernel's searches find it: <c>,high</c>, <c>,low</c>, <c>,cma</c>, or what ends in none of them.
    /// </summary>
    internal CrashkernelForm Kind { get; init; } = Form;

    /// <summary>
    /// What the kernel can't read in it, or null. It reads ranges until one fits:
    /// <see cref="Ranges"/> are those before the error.
    /// </summary>
    public string? Error { get; private init; }

    /// <summary>What the kernel passes over in it, which is hardly meant; null for nothing.</summary>
    internal string? Oddity { get; private init; }

    /// <summary>Whether an '@' without an address makes the kernel drop the range that fits.</summary>
    internal bool IsOffsetMissing { get; private init; }

    /// <summary>
    /// Every <c>crashkernel=</c> in a kernel's command line. The kernel looks for these letters anywhere, within quotes and other
    /// parameters too, and takes what follows up to the next blank (get_last_crashkernel).
    /// </summary>
    public static IReadOnlyList<CrashkernelArgument> ParseAll(string commandLine)
    {
        var found = new List<CrashkernelArgument>();
        var text = commandLine.TrimEnd('\n');
        for (var at = 0; text.IndexOf(Name, at, StringComparison.Ordinal) is >= 0 and var start; at = start + 1)
        {
            var value = start + Name.Length;
            var end = text.IndexOf(' ', value) is >= 0 and var blank ? blank : text.Length;
            found.Add(Parse(text[value..end]));
        }
        return found;
    }

    /// <summary>
    /// What a person gives: words as on a command line, or the values alone, one or several (<c>512M,high 128M,low</c>).
    /// </summary>
    public static IReadOnlyList<CrashkernelArgument> ParseGiven(string text) => ParseAll(WithNames(text));

    /// <summary>What a person gives as words of a command line, each with its name.</summary>
    public static string WithNames(string text)
    {
        var words = text.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', text.Contains('=', StringComparison.Ordinal) ? words : words.Select(word => Name + word));
    }

    /// <summary>
    /// What is wrong with a reservation that is to be written to a command line, as a clause; null for nothing. That the kernel
    /// would read it isn't enough: it has to be a reservation, and nothing else.
    /// </summary>
    internal static string? Problem(string text)
    {
        var others = WithNames(text).Split(' ').Where(word => !word.StartsWith(Name, StringComparison.Ordinal)).ToList();
        if ((others.Find(word => word.Contains('=', StringComparison.Ordinal)) ?? others.FirstOrDefault()) is { } other)
            return $"'{Shorten(other)}' is no crashkernel=";
        var all = ParseGiven(text);
        foreach (var argument in all)
            if ((argument.Error ?? argument.TooLarge() ?? argument.Oddity) is { } wrong)
                return wrong;
        return all.Any(argument => argument.Kind is not CrashkernelForm.Low and not CrashkernelForm.Cma
            && (argument.Size > 0 || argument.Ranges.Any(range => range.Size > 0)))
            ? null : $"'{Shorten(text)}' reserves nothing by itself";
    }

    // The kernel takes what is left of its lower 64 bits.
    private string? TooLarge()
    {
        var comma = Array.Exists(Suffixes, suffix => suffix.Form == Kind) ? Text.LastIndexOf(',') : Text.Length;
        return Text[..comma].Split([',', '-', ':', '@'], StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(size => !MemorySize.TryParse(size, out _)) is { } size
            ? $"'{Shorten(size)}' is no amount of memory that there is" : null;
    }

    /// <summary>Reads the value of one.</summary>
    public static CrashkernelArgument Parse(string text)
    {
        foreach (var (suffix, form) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
                return ParseSize(text, text[..^suffix.Length], form) with { Kind = form };
        }
        return text.Contains(':', StringComparison.Ordinal) ? ParseRanges(text) : ParseSize(text, text, CrashkernelForm.Size);
    }

    private static CrashkernelArgument ParseSize(string text, string value, CrashkernelForm form)
    {
        if (!MemorySize.TryRead(value, out var size, out var rest, out var isTooLarge))
            return Invalid(text, value is "auto"
                ? "'auto' was a patch of Red Hat's up to RHEL 8: give a size"
                : $"a size is expected where '{Shorten(value)}' stands");
        ulong? offset = null;
        var oddity = isTooLarge ? $"the kernel reads {MemorySize.Format(size)}: it keeps the lower 64 bits" : null;
        if (form == CrashkernelForm.Size && rest is ['@', ..])
        {
            // Whatever follows, the kernel takes what it can read of it.
            offset = MemorySize.TryRead(rest[1..], out var address, out var after) ? address : 0;
            oddity = rest.Length == 1 || after.Length == rest.Length - 1
                ? "no address stands after '@': the kernel takes it for 0 and chooses"
                : after.Length > 0 ? $"the kernel passes over '{Shorten(after)}' after the address" : null;
            rest = "";
        }
        if (rest.Length > 0)
            return Invalid(text, rest is ",high" or ",low" or ",cma"
                ? "one alone of ,high ,low and ,cma can stand there"
                : rest[0] == ','
                ? $"'{Shorten(rest)}' is neither ,high nor ,low nor ,cma"
                : $"'{Shorten(rest)}' is left over after {value[..^rest.Length]}");
        return new CrashkernelArgument(text, form) { Size = size, Offset = offset, Oddity = oddity };
    }

    private static CrashkernelArgument ParseRanges(string text)
    {
        var ranges = new List<CrashkernelRange>();
        ReadOnlySpan<char> rest = text;
        string? error;
        do
        {
            rest = ranges.Count > 0 ? rest[1..] : rest;
            error = ReadRange(ref rest, ranges);
        }
        while (error is null && rest is [',', ..]);
        // Behind the range that fits the kernel looks for an '@' alone, whatever stands before it.
        ulong? offset = null;
        var isMissing = false;
        if (text.IndexOf('@', StringComparison.Ordinal) is >= 0 and var sign)
        {
            if (MemorySize.TryRead(text.AsSpan(sign + 1), out var address, out var after))
                offset = address;
            else
                isMissing = true;
            if (error is null && isMissing)
                error = "an address is expected after '@'";
            else if (error is null && after.Length > 0)
                error = $"'{Shorten(after)}' is left over after the address";
        }
        if (error is null && rest.Length > 0 && rest[0] != '@')
            error = $"'{Shorten(rest)}' is left over after the ranges";
        var form = ranges.Count > 0 ? CrashkernelForm.Ranges : CrashkernelForm.Invalid;
        return new CrashkernelArgument(text, form)
        {
            Ranges = ranges,
            Offset = offset,
            Error = error,
            IsOffsetMissing = isMissing,
        };
    }

    private static string? ReadRange(ref ReadOnlySpan<char> rest, List<CrashkernelRange> ranges)
    {
        if (!MemorySize.TryRead(rest, out var start, out rest))
            return $"the start of a range is expected where '{Shorten(rest)}' stands";
        if (rest is not ['-', ..])
            return $"'-' is expected where '{Shorten(rest)}' stands";
        rest = rest[1..];
        ulong? end = null;
        if (rest is not [':', ..])
        {
            if (!MemorySize.TryRead(rest, out var value, out rest))
                return $"the end of a range is expected where '{Shorten(rest)}' stands";
            if (value <= start)
                return $"the range {MemorySize.Format(start)}-{value} ends before it starts"
                    + (value < LeastMemory ? $"; {value}G is meant?" : "");
            end = value;
        }
        if (rest is not [':', ..])
            return $"':' is expected where '{Shorten(rest)}' stands";
        if (!MemorySize.TryRead(rest[1..], out var size, out rest))
            return $"a size is expected where '{Shorten(rest)}' stands";
        ranges.Add(new CrashkernelRange(start, end, size));
        return null;
    }

    private static CrashkernelArgument Invalid(string text, string error) => new(text, CrashkernelForm.Invalid) { Error = error };

    private static string Shorten(ReadOnlySpan<char> text) => text.Length <= 20 ? $"{text}" : $"{text[..20]}…";
}
