using System.Text.Json.Serialization;

namespace Panicle.Reports.Oops;

/// <summary>How events are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(OopsLog))]
public sealed partial class OopsJson : JsonSerializerContext;
