using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Panicle.Kernel.Values;

namespace Panicle.Cli;

/// <summary>
/// Writes a value of the kernel as JSON: structures as objects (members of anonymous ones as C sees them, in the enclosing object),
/// arrays as arrays, numbers as numbers, pointers as "0x…", character arrays as text up to their NUL, enums by name, and what can't be read as
/// <c>{"unreadable": "why"}</c>. The last element <c>null</c> of an array stands for those left out.
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
                // What lies behind the NUL is left over from a longer text.
                var end = Array.IndexOf(text.Bytes, (byte)0);
                writer.WriteStringValue(Encoding.UTF8.GetString(text.Bytes, 0, end < 0 ? text.Bytes.Length : end));
                break;
            case PointerNode pointer:
                writer.WriteStringValue($"0x{pointer.Address:x}");
                break;
            case NumberNode { IsSigned: true } number:
                writer.WriteNumberValue((long)number.Value);
                break;
            case NumberNode number:
                writer.WriteNumberValue(number.Value);
                break;
            case EnumNode { Name: { } name }:
                writer.WriteStringValue(name);
                break;
            case EnumNode constant:
                writer.WriteNumberValue(constant.Value);
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
        var left = MostElements;
        writer.WriteStartArray();
        foreach (var element in array.Elements)
        {
            for (var i = 0; i < element.Repeats && left > 0; i++, left--)
                Write(writer, element.Value);
        }
        if (array.IsCut || left == 0)
            writer.WriteNullValue();
        writer.WriteEndArray();
    }
}
