using System.Text;

namespace Panicle.Kernel.Values;

/// <summary>The base in which numbers are written, and whether they have a sign.</summary>
public enum NumberFormat
{
    /// <summary>As their type suggests: decimal, and characters beside them.</summary>
    Natural,
    /// <summary>Hexadecimal with 0x, addresses and numbers alike.</summary>
    Hex,
    /// <summary>Decimal, the highest bit being the sign.</summary>
    Decimal,
    /// <summary>Decimal, the highest bit being a digit.</summary>
    Unsigned,
    /// <summary>Octal with a leading 0, as C reads it: gdb's letter o.</summary>
    Octal,
    /// <summary>Binary without leading zeros: gdb's letter t.</summary>
    Binary,
    /// <summary>Decimal and as a character, as gdb's letter c.</summary>
    Character,
}

/// <summary>Writes values in gdb's style, which is crash's too: nested braces, symbols behind pointers, text in quotes.</summary>
public sealed class ValueText
{
    // Nobody reads so much; nested deeply enough, a hundred thousand values are more in blanks alone.
    private const int MostText = 8 << 20;

    private readonly StringBuilder _text = new();
    private readonly NumberFormat _format;
    private readonly bool _byLetter;

    private ValueText(NumberFormat format, bool byLetter) => (_format, _byLetter) = (format, byLetter);

    /// <summary>The value's text. Its first line has no indentation, the others at least this one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="format">How numbers are written.</param>
    /// <param name="indent">How far lines are indented.</param>
    /// <param name="byLetter">
    /// Whether the format was asked for by one of gdb's letters: then bytes and pointers are nothing but numbers in it, too.
    /// </param>
    public static string Of(ValueNode value, NumberFormat format = NumberFormat.Natural, int indent = 0, bool byLetter = false)
    {
        var writer = new ValueText(format, byLetter);
        writer.Write(value, indent);
        return writer._text.ToString();
    }

    private void Write(ValueNode value, int indent)
    {
        switch (value)
        {
            case StructNode structure:
                WriteStruct(structure, indent);
                break;
            case ArrayNode array:
                WriteArray(array, indent);
                break;
            case TextNode bytes when _byLetter:
                WriteBytes(bytes);
                break;
            case PointerNode pointer when _byLetter:
                _text.Append(Radix(pointer.Address, false, 64));
                break;
            case TextNode text:
                _text.Append(Quote(text));
                break;
            case PointerNode pointer:
                _text.Append(PointerOf(pointer));
                break;
            case NumberNode number:
                _text.Append(NumberOf(number));
                break;
            case EnumNode constant:
                _text.Append(constant.Name is { } name && _format == NumberFormat.Natural
                    ? name
                    : Radix((ulong)constant.Value, true, 32));
                break;
            case BooleanNode boolean:
                _text.Append(boolean.Value > 1 || _format != NumberFormat.Natural
                    ? Radix(boolean.Value, false, 8)
                    : boolean.Value == 1 ? "true" : "false");
                break;
            case ErrorNode error:
                _text.Append($"<unreadable: {error.Reason}>");
                break;
        }
    }

    private void WriteStruct(StructNode structure, int indent)
    {
        if (structure.Members.Count == 0)
        {
            _text.Append("{<No data fields>}");
            return;
        }
        _text.Append("{\n");
        for (var i = 0; i < structure.Members.Count; i++)
        {
            if (_text.Length > MostText)
            {
                _text.Append(' ', indent + 2).Append("... (too much to show)\n");
                break;
            }
            var member = structure.Members[i];
            _text.Append(' ', indent + 2);
            if (member.Name.Length > 0)
                _text.Append(member.Name).Append(" = ");
            Write(member.Value, indent + 2);
            _text.Append(i + 1 < structure.Members.Count ? ",\n" : "\n");
        }
        _text.Append(' ', indent).Append('}');
    }

    private void WriteArray(ArrayNode array, int indent)
    {
        _text.Append('{');
        for (var i = 0; i < array.Elements.Count; i++)
        {
            if (i > 0)
                _text.Append(", ");
            Write(array.Elements[i].Value, indent + 2);
            if (array.Elements[i].Repeats > 1)
                _text.Append($" <repeats {array.Elements[i].Repeats} times>");
        }
        _text.Append(array.LeftOut > 0 ? "...}" : "}");
    }

    private void WriteBytes(TextNode text)
    {
        var (count, at, elements) = (text.Bytes.Length + text.Zeros, 0, 0);
        _text.Append('{');
        for (; at < count && elements < ValueReader.MaxElements; elements++)
        {
            var value = At(at);
            var end = at + 1;
            while (end < count && At(end) == value)
                end++;
            var repeats = end - at > ValueReader.MinRepeats ? end - at : 1;
            var number = text.IsSigned ? (ulong)(sbyte)value : value;
            _text.Append(at > 0 ? ", " : "").Append(NumberOf(new NumberNode(number, text.IsSigned, 8, IsChar: true)));
            if (repeats > 1)
                _text.Append($" <repeats {repeats} times>");
            at += repeats;
        }
        _text.Append(text.IsCut || at < count ? "...}" : "}");

        byte At(int index) => index < text.Bytes.Length ? text.Bytes[index] : (byte)0;
    }

    private static string PointerOf(PointerNode pointer)
    {
        var symbol = pointer.Symbol is null ? "" : $" <{pointer.Symbol}>";
        var text = pointer.Text is null ? "" : $" {Quote(pointer.Text)}";
        var unreadable = pointer.WhyNoText is null ? "" : $" <unreadable: {pointer.WhyNoText}>";
        return $"0x{pointer.Address:x}{symbol}{text}{unreadable}";
    }

    private string NumberOf(NumberNode number)
    {
        if (_format == NumberFormat.Character || (number.IsChar && _format == NumberFormat.Natural))
            return $"{Radix(number.Value, number.IsSigned, 64, NumberFormat.Natural)} '{Escape((byte)number.Value, '\'')}'";
        return Radix(number.Value, number.IsSigned, number.Bits);
    }

    private string Radix(ulong value, bool isSigned, int bits) => Radix(value, isSigned, bits, _format);

    private static string Radix(ulong value, bool isSigned, int bits, NumberFormat format)
    {
        var unsigned = bits >= 64 ? value : value & ((1UL << bits) - 1);
        return format switch
        {
            NumberFormat.Hex => $"0x{unsigned:x}",
            NumberFormat.Unsigned => $"{unsigned}",
            NumberFormat.Octal => unsigned == 0 ? "0" : "0" + Convert.ToString((long)unsigned, 8),
            NumberFormat.Binary => Convert.ToString((long)unsigned, 2),
            NumberFormat.Decimal => $"{(long)value << (64 - bits) >> (64 - bits)}",
            _ => isSigned ? $"{(long)value}" : $"{value}",
        };
    }

    private static string Quote(TextNode text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text.Bytes)
            quoted.Append(Escape(c, '"'));
        quoted.Append('"');
        return text.IsCut ? quoted.Append("...").ToString() : quoted.ToString();
    }

    private static string Escape(byte c, char quote) => c switch
    {
        (byte)'\n' => "\\n",
        (byte)'\t' => "\\t",
        (byte)'\r' => "\\r",
        7 => "\\a",
        8 => "\\b",
        11 => "\\v",
        12 => "\\f",
        (byte)'\\' => "\\\\",
        _ when c == quote => $"\\{quote}",
        < 0x20 or >= 0x7f => "\\" + Convert.ToString(c, 8).PadLeft(3, '0'),
        _ => ((char)c).ToString(),
    };
}
