using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Panicle.Formats.Json;
using Panicle.Kernel.Values;

namespace Panicle.Cli;

/// <summary>
/// Writes a value of the kernel as JSON: structures as objects (members of anonymous ones as C sees them, in the enclosing
/// object), arrays as arrays, numbers as numbers (<see cref="WideNumbers"/>), pointers as "0x…", character arrays as text up to
/// their NUL, enums by name, and what can't be read as <c>{"unreadable": "why"}</c>. An array that was cut ends with
/// <c>{"leftOut": COUNT}</c>; a text that was cut is <c>{"text": "…", "isCut": true}</c>, and one that is no UTF-8 <c>{"bytes":
/// "hex"}</c>.
/// </summary>
internal sealed class ValueNodeJson : JsonConverter<ValueNode>
{
    // An array of a million equal elements is one element in memory; JSON spells them out up to here.
    private const int MostElements = 4096;

    /// <inheritdoc/>
    public override ValueNode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("values are only written");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ValueNode value, JsonSerializerOptions options) => Write(writer, value);

    private static void Write(Utf8JsonWriter writer, ValueNode value)
    {
        switch (value)
        {
            case StructNode structure:
                writer.WriteStartObject();
                WriteMembers(writer, structure, []);
                writer.WriteEndObject();
                break;
            case ArrayNode array:
                WriteArray(writer, array);
                break;
            case TextNode text:
                WriteText(writer, text);
                break;
            case PointerNode pointer:
                writer.WriteStringValue($"0x{pointer.Address:x}");
                break;
            case NumberNode { IsSigned: true } number:
                WideNumbers.WriteTo(writer, (long)number.Value);
                break;
            case NumberNode number:
                WideNumbers.WriteTo(writer, number.Value);
                break;
            case EnumNode { Name: { } name }:
                writer.WriteStringValue(name);
                break;
            case EnumNode constant:
                WideNumbers.WriteTo(writer, constant.Value);
                break;
            case BooleanNode boolean:
                writer.WriteBooleanValue(boolean.Value != 0);
                break;
            case ErrorNode error:
                writer.WriteStartObject();
                writer.WriteString("unreadable", error.Reason);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, TextNode text)
    {
        // What lies behind the NUL is left over from a longer text.
        var end = Array.IndexOf(text.Bytes, (byte)0);
        var bytes = text.Bytes.AsSpan(0, end < 0 ? text.Bytes.Length : end);
        var isCut = text.IsCut && end < 0;
        var isText = Utf8.IsValid(bytes);
        if (isText && !isCut)
        {
            writer.WriteStringValue(bytes);
            return;
        }
        writer.WriteStartObject();
        if (isText)
            writer.WriteString("text", bytes);
        else
            writer.WriteString("bytes", Convert.ToHexStringLower(bytes));
        if (isCut)
            writer.WriteBoolean("isCut", true);
        writer.WriteEndObject();
    }

    // Damaged type data may have a name twice; JSON may not.
    private static void WriteMembers(Utf8JsonWriter writer, StructNode structure, HashSet<string> written)
    {
        foreach (var member in structure.Members)
        {
            if (member.Name.Length == 0 && member.Value is StructNode inner)
                WriteMembers(writer, inner, written);
            else if (member.Name.Length > 0 && written.Add(member.Name))
            {
                writer.WritePropertyName(member.Name);
                Write(writer, member.Value);
            }
        }
    }

    private static void WriteArray(Utf8JsonWriter writer, ArrayNode array)
    {
        long written = 0, known = 0;
        writer.WriteStartArray();
        foreach (var element in array.Elements)
        {
            known += element.Repeats;
            for (var i = 0; i < element.Repeats && written < MostElements; i++, written++)
                Write(writer, element.Value);
        }
        if (array.LeftOut + (ulong)(known - written) is > 0 and var leftOut)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("leftOut");
            WideNumbers.WriteTo(writer, leftOut);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
