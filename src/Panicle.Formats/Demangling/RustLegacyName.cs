using System.Globalization;
using System.Text;

namespace Panicle.Formats.Demangling;

/// <summary>
/// Rust's names before version 0 of its own mangling: <c>_ZN</c>, each part of the path after its length, a part <c>h</c> with 16
/// hex digits that each build changes, <c>E</c>. What the linker's names can't hold is written as <c>$LT$</c> or <c>$u7e$</c>,
/// and <c>::</c> as two dots.
/// </summary>
internal static class RustLegacyName
{
    private const string Start = "_ZN";
    private const int HashDigits = 16;
    private const int FewestDifferentDigits = 5;

    /// <summary>The path without the hash; null if the name isn't one of these.</summary>
    public static string? TryDemangle(string name)
    {
        if (!name.StartsWith(Start, StringComparison.Ordinal))
            return null;
        var path = new StringBuilder();
        string? last = null;
        var at = Start.Length;
        while (at < name.Length && name[at] != 'E')
        {
            if (last is not null && !TryAppend(path, last))
                return null;
            var digits = at;
            while (at < name.Length && char.IsAsciiDigit(name[at]))
                at++;
            if (!int.TryParse(name.AsSpan(digits, at - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length == 0 || length > name.Length - at)
                return null;
            last = name.Substring(at, length);
            at += length;
        }
        // What follows is a suffix of the compiler's: ".llvm.123".
        var isWhole = at < name.Length && (at + 1 == name.Length || name[at + 1] == '.');
        return isWhole && path.Length > 0 && last is not null && IsHash(last) ? path.ToString() : null;
    }

    // A function of C++ might be called so; a hash has many different digits.
    private static bool IsHash(string part) =>
        part.Length == HashDigits + 1 && part[0] == 'h' && part.Skip(1).All(char.IsAsciiHexDigitLower)
            && part.Skip(1).Distinct().Count() >= FewestDifferentDigits;

    private static bool TryAppend(StringBuilder path, string part)
    {
        if (path.Length > 0)
            path.Append("::");
        // A part that begins with an escape has an underscore before it, so that it is a name.
        var rest = part.StartsWith("_$", StringComparison.Ordinal) ? part.AsSpan(1) : part;
        while (!rest.IsEmpty)
        {
            if (rest.StartsWith(".."))
            {
                path.Append("::");
                rest = rest[2..];
            }
            else if (rest[0] != '$')
            {
                path.Append(rest[0]);
                rest = rest[1..];
            }
            else
            {
                var end = rest[1..].IndexOf('$');
                if (end < 0 || Unescape(rest.Slice(1, end)) is not { } text)
                    return false;
                path.Append(text);
                rest = rest[(end + 2)..];
            }
        }
        return true;
    }

    private static string? Unescape(ReadOnlySpan<char> code) => code switch
    {
        "SP" => "@",
        "BP" => "*",
        "RF" => "&",
        "LT" => "<",
        "GT" => ">",
        "LP" => "(",
        "RP" => ")",
        "C" => ",",
        _ when code.Length > 1 && code[0] == 'u'
            && int.TryParse(code[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && Rune.IsValid(value) && !Rune.IsControl(new Rune(value)) => new Rune(value).ToString(),
        _ => null,
    };
}
