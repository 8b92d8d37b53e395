using System.Text.Json.Nodes;

namespace Panicle.Cli.Tests.Commands;

/// <summary>What commands print with <c>--json</c>, held against the schemas in docs/schemas.</summary>
public class PrintedJsonTests
{
    [Fact]
    public void What_is_printed_follows_its_schema()
    {
        using var dump = SampleDump.NullDeref();
        foreach (var line in (string[])[
            "ps", "ps -t", "bt -a", "mod", "mount", "sys", "log", "runq", "kmem -i", "files", "sym -q panic", "why"])
        {
            var (name, result) = (line.Split(' ')[0], dump.Run($"{line} --json").Result);
            var schema = JsonSchemas.Of(CommandTable.Commands().Find(name)!)!;
            Assert.Empty(Violations(schema, JsonNode.Parse(result.GetRawText()), line));
        }
    }

    private static IEnumerable<string> Violations(JsonNode? schema, JsonNode? value, string path)
    {
        if (schema is not JsonObject known)
            yield break;
        var types = known["type"] switch
        {
            JsonArray array => [.. array.Select(type => $"{type}")],
            null => (List<string>)[],
            var one => [$"{one}"]
        };
        var kind = value switch
        {
            null => "null",
            JsonObject => "object",
            JsonArray => "array",
            _ => value.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.String => "string",
                System.Text.Json.JsonValueKind.Number => "number",
                _ => "boolean",
            },
        };
        if (types.Count > 0 && !types.Contains(kind) && !(kind == "number" && types.Contains("integer")))
            yield return $"{path} is {kind}, not {string.Join(" or ", types)}";
        foreach (var (name, inner) in value as JsonObject ?? [])
        {
            if (known["properties"] is JsonObject properties && properties[name] is null)
                yield return $"{path}.{name} isn't in the schema";
            foreach (var violation in Violations(known["properties"]?[name], inner, $"{path}.{name}"))
                yield return violation;
        }
        foreach (var element in value as JsonArray ?? [])
        {
            foreach (var violation in Violations(known["items"], element, $"{path}[]"))
                yield return violation;
        }
    }
}
