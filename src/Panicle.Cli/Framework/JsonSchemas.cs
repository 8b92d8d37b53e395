using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli;

/// <summary>
/// The JSON Schema (2020-12) of each result, from the type that is serialised: docs/schemas holds what
/// <c>panicle help --schemas DIR</c> writes. A schema may gain properties as it is;
/// what takes something away needs a new version.
/// </summary>
internal static class JsonSchemas
{
    private static readonly JsonSchemaExporterOptions Options = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    /// <summary>The file in docs/schemas: <c>panicle.ps-1.json</c>.</summary>
    public static string FileName(CommandInfo info) => $"{info.Schema.Replace('/', '-')}.json";

    /// <summary>A command's schema, or null if it has none.</summary>
    public static JsonNode? Of(Command command)
    {
        var schema = command is ITypedCommand typed ? typed.ResultType.GetJsonSchemaAsNode(Options).AsObject() : command.Schema;
        if (schema is null)
            return null;
        var titled = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"{command.Info.Schema}: {command.Info.Summary}",
        };
        foreach (var (name, value) in schema.ToList())
        {
            schema.Remove(name);
            titled[name] = value;
        }
        return titled;
    }

    /// <summary>Writes every command's schema.</summary>
    /// <returns>
    /// What a new schema would take away from one of the same version that is there already: that one is left as it is.
    /// </returns>
    public static IReadOnlyList<string> Write(IEnumerable<Command> commands, string folder)
    {
        Directory.CreateDirectory(folder);
        var broken = new List<string>();
        foreach (var command in commands)
        {
            if (Of(command) is not { } schema)
                continue;
            var path = Path.Combine(folder, FileName(command.Info));
            var lost = File.Exists(path) ? Lost(JsonNode.Parse(File.ReadAllText(path))!, schema).ToList() : [];
            if (lost.Count == 0)
                File.WriteAllText(path, Text(schema));
            broken.AddRange(lost.Select(what => $"{command.Info.Schema}: {what}; raise the command's SchemaVersion"));
        }
        return broken;
    }

    /// <summary>A schema as docs/schemas has it.</summary>
    public static string Text(JsonNode schema)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            schema.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>What readers of the old schema would miss in the new one.</summary>
    public static IEnumerable<string> Lost(JsonNode before, JsonNode after, string path = "result")
    {
        if (before is not JsonObject old)
            yield break;
        if (after is not JsonObject now)
        {
            yield return $"{path} may be anything now";
            yield break;
        }
        // A reader that knew some types isn't prepared for others.
        foreach (var type in Words(now["type"]).Except(Words(old["type"])))
        {
            if (old["type"] is not null)
                yield return $"{path} may be {type} now";
        }
        foreach (var word in Words(now["enum"]).Except(Words(old["enum"])))
        {
            if (old["enum"] is not null)
                yield return $"{path} may be '{word}' now";
        }
        if (old["enum"] is not null && now["enum"] is null)
            yield return $"{path} may be any word now";
        foreach (var name in Words(old["required"]).Except(Words(now["required"])))
        {
            if (now["properties"]?[name] is not null)
                yield return $"{path}.{name} may be missing now";
        }
        foreach (var (name, value) in old["properties"] as JsonObject ?? [])
        {
            if (now["properties"]?[name] is not { } kept)
                yield return $"{path}.{name} is gone";
            else
                foreach (var lost in Lost(value!, kept, $"{path}.{name}"))
                    yield return lost;
        }
        if (old["items"] is { } items)
        {
            foreach (var lost in now["items"] is { } others ? Lost(items, others, $"{path}[]") : [$"{path} is no array any more"])
                yield return lost;
        }
    }

    private static IEnumerable<string> Words(JsonNode? node) => node switch
    {
        JsonArray array => array.Select(word => word?.ToString() ?? "null"),
        null => [],
        _ => [node.ToString()],
    };

    // What converters write, the exporter can't see.
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isNullable = type != context.TypeInfo.Type;
        if (type == typeof(Address))
            return Typed(isNullable, ["string"], "^0x[0-9a-f]+$");
        if (type == typeof(ulong) || type == typeof(long))
            return Typed(isNullable, ["integer", "string"], "^-?[0-9]+$");
        if (type == typeof(FrameStack))
            return new JsonObject { ["type"] = "string" };
        if (typeof(ValueNode).IsAssignableFrom(type))
            return JsonValue.Create(true); // A C value: an object, an array, a number, text, a truth or null (docs/json.md).
        return schema;
    }

    private static JsonObject Typed(bool isNullable, string[] types, string pattern)
    {
        string[] all = isNullable ? [.. types, "null"] : types;
        return new JsonObject
        {
            ["type"] = all.Length == 1
                ? JsonValue.Create(all[0])
                : new JsonArray([.. all.Select(type => (JsonNode)JsonValue.Create(type)!)]),
            ["pattern"] = pattern,
        };
    }
}
