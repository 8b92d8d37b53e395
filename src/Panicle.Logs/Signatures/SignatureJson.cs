using System.Text.Json.Serialization;
using Panicle.Formats.Json;

namespace Panicle.Logs.Signatures;

/// <summary>How a signature is written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(CrashSignature))]
public sealed partial class SignatureJson : JsonSerializerContext;
