using System.Text.Json.Serialization;

namespace Panicle.Reports.Signatures;

/// <summary>How a signature is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CrashSignature))]
public sealed partial class SignatureJson : JsonSerializerContext;
