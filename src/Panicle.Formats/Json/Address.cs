using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Formats.Json;

/// <summary>An address in a result: sixteen hex digits in text, as crash prints them, and "0x…" in JSON.</summary>
/// <param name="Value">The address.</param>
[JsonConverter(typeof(AddressConverter))]
public readonly record struct Address(ulong Value)
{
    /// <summary>The address of a number.</summary>
    public static implicit operator Address(ulong value) => new(value);

    /// <summary>The number of an address.</summary>
    public static implicit operator ulong(Address address) => address.Value;

    /// <summary>Sixteen hex digits, as crash prints addresses.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>Writes addresses as hex strings, since JSON's numbers lose the low bits of a 64-bit address.</summary>
public sealed class AddressConverter : JsonConverter<Address>
{
    /// <inheritdoc/>
    public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        return text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new JsonException($"'{text}' is not an address: 0x and hex digits");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"0x{value.Value:x}");
}
