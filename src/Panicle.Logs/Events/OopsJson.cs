using System.Text.Json.Serialization;
using Panicle.Formats.Json;

namespace Panicle.Logs.Events;

/// <summary>How events are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(OopsLog))]
public sealed partial class OopsJson : JsonSerializerContext;
