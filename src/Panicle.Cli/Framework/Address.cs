using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Cli;

/// <summary>An address in a result: sixteen hex digits in text, as crash prints them, and "0x…" in JSON.</summary>
/// <param name="Value">The address.</param>
[JsonConverter(typeof(AddressConverter))]
internal readonly record struct Address(ulong Value)
{
    public static implicit operator Address(ulong value) => new(value);

    public static implicit operator ulong(Address address) => address.Value;

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>Writes addresses as hex strings, since JSON's numbers lose the low bits of a 64-bit address.</summary>
internal sealed class AddressConverter : JsonConverter<Address>
{
    public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Numbers.TryParse(reader.GetString() ?? "", out var value) ? value : throw new JsonException("not an address");

    public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"0x{value.Value:x}");
}
