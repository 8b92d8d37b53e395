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
    /// What the kernel can't read in it, or null. It reads ranges until one fits:
    /// <see cref="Ranges"/> are those before the error.
    /// </summary>
    public string? Error { get; private init; }

    /// <summary>Every <c>crashkernel=</c> in a kernel's command line, or the one that is given without its name.</summary>
    public static IReadOnlyList<CrashkernelArgument> ParseAll(string commandLine)
    {
        var words = commandLine.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var values = words.Where(word => word.StartsWith(Name, StringComparison.Ordinal))
            .Select(word => word[Name.Length..]).ToList();
        if (values.Count == 0 && words.Length == 1 && !words[0].Contains('=', StringComparison.Ordinal))
            values.Add(words[0]);
        return [.. values.Select(Parse)];
    }

    /// <summary>Reads the value of one.</summary>
    public static CrashkernelArgument Parse(string text)
    {
        foreach (var (suffix, form) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
                return ParseSize(text, text[..^suffix.Length], form);
        }
        return text.Contains(':', StringComparison.Ordinal) ? ParseRanges(text) : ParseSize(text, text, CrashkernelForm.Size);
    }

    private static CrashkernelArgument ParseSize(string text, string value, CrashkernelForm form)
    {
        if (!MemorySize.TryRead(value, out var size, out var rest))
            return Invalid(text, value is "auto"
                ? "'auto' was a patch of Red Hat's up to RHEL 8: give a size"
                : $"a size is expected where '{Shorten(value)}' stands");
        ulong? offset = null;
        if (form == CrashkernelForm.Size && rest is ['@', ..])
        {
            if (!MemorySize.TryRead(rest[1..], out var address, out rest))
                return Invalid(text, "an address is expected after '@'");
            offset = address;
        }
        if (rest.Length > 0)
            return Invalid(text, rest[0] == ','
                ? $"'{rest}' is neither ,high nor ,low nor ,cma"
                : $"'{rest}' is left over after {value[..^rest.Length]}");
        return new CrashkernelArgument(text, form) { Size = size, Offset = offset };
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
        ulong? offset = null;
        if (error is null && rest is ['@', ..] && MemorySize.TryRead(rest[1..], out var address, out rest))
            offset = address;
        if (error is null && rest.Length > 0)
            error = $"'{Shorten(rest)}' is left over after the ranges";
        var form = ranges.Count > 0 ? CrashkernelForm.Ranges : CrashkernelForm.Invalid;
        return new CrashkernelArgument(text, form) { Ranges = ranges, Offset = offset, Error = error };
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
