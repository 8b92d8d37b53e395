using System.Text.Json;

namespace Panicle.Formats.Json;

/// <summary>
/// An enumeration's values as words in lower case, for text and JSON alike: ExceptionFrame is "exception frame".
/// </summary>
public sealed class EnumWords : JsonNamingPolicy
{
    private EnumWords() { }

    /// <summary>The policy that JSON's converters take.</summary>
    public static EnumWords Policy { get; } = new();

    /// <summary>A value in words.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Policy.ConvertName(value.ToString());

    /// <inheritdoc/>
    public override string ConvertName(string name) => SnakeCaseLower.ConvertName(name).Replace('_', ' ');
}
