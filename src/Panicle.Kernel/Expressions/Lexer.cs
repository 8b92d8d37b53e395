using System.Globalization;

namespace Panicle.Kernel.Expressions;

/// <summary>Takes an expression apart into tokens.</summary>
internal static class Lexer
{
    private const int MaxTokens = 4096;

    // Longest first: the first that fits is taken.
    private static readonly string[] Operators =
    [
        "<<=", ">>=", "::", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=",
        "+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "<", ">", "=", "?", ":", "(", ")", "[", "]", ".", ",", "@",
    ];

    public static List<Token> Tokenize(string text)
    {
        var tokens = new List<Token>();
        var position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
                position++;
            if (position == text.Length)
                break;
            if (tokens.Count == MaxTokens)
                throw new ExpressionException("the expression is too long", text, position);
            tokens.Add(Next(text, position));
            position = tokens[^1].End;
        }
        tokens.Add(new Token(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static Token Next(string text, int start)
    {
        var c = text[start];
        if (char.IsAsciiDigit(c))
            return Number(text, start);
        if (c == '\'')
            return IsFile(text, start, out var end) ? new Token(TokenKind.File, text[start..end], start) : Character(text, start);
        if (IsNameStart(c))
        {
            var after = start + 1;
            while (after < text.Length && IsNamePart(text, after))
                after++;
            return new Token(TokenKind.Name, text[start..after], start);
        }
        foreach (var known in Operators)
        {
            if (string.CompareOrdinal(text, start, known, 0, known.Length) == 0)
                return new Token(TokenKind.Operator, known, start);
        }
        throw new ExpressionException($"'{c}' has no meaning here", text, start);
    }

    // gdb's 'file.c'::variable.
    private static bool IsFile(string text, int start, out int end)
    {
        end = text.IndexOf('\'', start + 1) + 1;
        return end > 0 && text.AsSpan(end).TrimStart().StartsWith("::", StringComparison.Ordinal);
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$';

    // Compilers name copies of functions and static variables "name.isra.0", "name.123": a dot belongs to the name before digits
    // or one of the compilers' own words.
    private static bool IsNamePart(string text, int at) =>
        char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '$'
            || (text[at] == '.' && IsCompilerSuffix(text.AsSpan(at + 1)));

    private static bool IsCompilerSuffix(ReadOnlySpan<char> rest)
    {
        if (rest.Length > 0 && char.IsAsciiDigit(rest[0]))
            return true;
        foreach (var word in (ReadOnlySpan<string>)["isra", "part", "constprop", "cold", "llvm"])
        {
            if (rest.StartsWith(word, StringComparison.Ordinal)
                && (rest.Length == word.Length || !(char.IsAsciiLetterOrDigit(rest[word.Length]) || rest[word.Length] == '_')))
                return true;
        }
        return false;
    }

    private static Token Number(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            end++;
        var word = text[start..end];
        var digits = word.TrimEnd('u', 'U', 'l', 'L');
        var suffix = word[digits.Length..].ToLowerInvariant();
        if (!TryDigits(digits, out var value, out var isDecimal))
            throw new ExpressionException(
                IsNumber(digits) ? $"{digits} doesn't fit in 64 bits" : $"'{word}' is not a number", text, start);
        return new Token(TokenKind.Number, word, start, value, TypeOf(value, isDecimal, suffix));
    }

    private static bool TryDigits(string digits, out ulong value, out bool isDecimal)
    {
        isDecimal = false;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out value);
        if (digits.Length > 1 && digits[0] == '0' && TryOctal(digits, out value))
            return true;
        isDecimal = true;
        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value))
            return digits.Length == 1 || digits[0] != '0';
        // A kernel address as the other commands print it: sixteen hex digits, the first of them f.
        isDecimal = false;
        return digits.Length == 16
            && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsNumber(string digits) => digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? digits.Length > 2 && digits.Skip(2).All(char.IsAsciiHexDigit)
        : digits.All(char.IsAsciiDigit) && (digits[0] != '0' || !digits.AsSpan().ContainsAny('8', '9'));

    private static bool TryOctal(string digits, out ulong value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || value >> 61 != 0)
                return false;
            value = value * 8 + (ulong)(digit - '0');
        }
        return true;
    }

    // C's rule for the type of a constant: the first that holds it; a decimal one becomes unsigned only by its suffix.
    private static string TypeOf(ulong value, bool isDecimal, string suffix)
    {
        var isUnsigned = suffix.Contains('u');
        if (!suffix.Contains('l'))
        {
            if (!isUnsigned && value <= int.MaxValue)
                return "int";
            if ((isUnsigned || !isDecimal) && value <= uint.MaxValue)
                return "unsigned int";
        }
        return isUnsigned || value > long.MaxValue ? "unsigned long" : "long";
    }

    private static Token Character(string text, int start)
    {
        var close = text.IndexOf('\'', start + 1);
        if (close == start + 2 && text[start + 1] == '\\')
            close = text.IndexOf('\'', close + 1);
        var inner = close < 0 ? "" : text[(start + 1)..close];
        var value = inner switch
        {
            [var c] when c is not '\\' and < (char)128 => c,
            "\\0" => 0,
            "\\n" => '\n',
            "\\t" => '\t',
            "\\r" => '\r',
            "\\\\" => '\\',
            "\\'" => '\'',
            _ => throw new ExpressionException("not a character constant", text, start),
        };
        return new Token(TokenKind.Number, text[start..(close + 1)], start, (ulong)value);
    }
}
