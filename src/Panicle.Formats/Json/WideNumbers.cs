using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Formats.Json;

/// <summary>64-bit numbers in JSON: readers such as JavaScript keep 53 bits, so that what is larger is written as text.</summary>
public static class WideNumbers
{
    /// <summary>The largest number that every reader of JSON keeps exactly: 2^53 − 1 (RFC 8259, section 6).</summary>
    public const long LargestExact = (1L << 53) - 1;

    /// <summary>Writes a number, as text where it is too large for one.</summary>
    public static void WriteTo(Utf8JsonWriter writer, ulong value)
    {
        if (value <= LargestExact)
            writer.WriteNumberValue(value);
        else
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Writes a number, as text where it is too large or too small for one.</summary>
    public static void WriteTo(Utf8JsonWriter writer, long value)
    {
        if (value is <= LargestExact and >= -LargestExact)
            writer.WriteNumberValue(value);
        else
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}

/// <summary>Unsigned 64-bit numbers as <see cref="WideNumbers"/> has them.</summary>
public sealed class WideUInt64Converter : JsonConverter<ulong>
{
    /// <inheritdoc/>
    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? ulong.Parse(reader.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture)
            : reader.GetUInt64();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) =>
        WideNumbers.WriteTo(writer, value);
}

/// <summary>Signed 64-bit numbers as <see cref="WideNumbers"/> has them.</summary>
public sealed class WideInt64Converter : JsonConverter<long>
{
    /// <inheritdoc/>
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? long.Parse(reader.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : reader.GetInt64();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) =>
        WideNumbers.WriteTo(writer, value);
}
