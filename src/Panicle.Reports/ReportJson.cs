using System.Text.Json.Serialization;
using Panicle.Formats.Json;

namespace Panicle.Reports;

/// <summary>How a report is written as JSON: camel case, addresses as hex strings, enums by name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(CrashReport))]
public sealed partial class ReportJson : JsonSerializerContext;
