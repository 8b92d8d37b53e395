using System.Text.Json.Serialization;

namespace Panicle.Reports;

/// <summary>How a report is written as JSON: camel case, addresses as hex strings, enums by name.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CrashReport))]
public sealed partial class ReportJson : JsonSerializerContext;
