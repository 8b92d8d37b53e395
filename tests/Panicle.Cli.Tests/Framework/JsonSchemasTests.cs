using System.Text.Json.Nodes;

namespace Panicle.Cli.Tests.Framework;

/// <summary>
/// docs/schemas is what programs rely on: it is what the results really are, and loses nothing without a new version.
/// </summary>
public class JsonSchemasTests
{
    private static IEnumerable<Command> Everything => [.. CommandTable.Commands().All, .. CommandTable.Verbs().All];

    [Fact]
    public void The_committed_schemas_are_those_of_the_results()
    {
        var folder = Repository.Path("docs/schemas");
        var names = new HashSet<string>();
        foreach (var command in Everything)
        {
            if (JsonSchemas.Of(command) is not { } schema)
                continue;
            var name = JsonSchemas.FileName(command.Info);
            names.Add(name);
            var path = Path.Combine(folder, name);
            Assert.True(File.Exists(path), $"{name} is missing: ./panicle help --schemas docs/schemas");
            Assert.True(
                File.ReadAllText(path) == JsonSchemas.Text(schema),
                $"{name} is out of date: ./panicle help --schemas docs/schemas");
        }
        Assert.Empty(Directory.GetFiles(folder).Select(Path.GetFileName).Except(names));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}}}""", """{"type":"object","properties":{}}""",
        "result.a is gone")]
    [InlineData("""{"type":"array","items":{"properties":{"a":{}}}}""", """{"type":"array","items":{"properties":{}}}""",
        "result[].a is gone")]
    [InlineData("""{"type":"string"}""", """{"type":["string","null"]}""", "result may be null now")]
    [InlineData("""{"type":"array","items":{}}""", """{"type":"object"}""", "result may be object now")]
    [InlineData("""{"type":"string"}""", "true", "result may be anything now")]
    public void What_is_taken_away_is_noticed(string before, string after, string expected) =>
        Assert.Contains(expected, JsonSchemas.Lost(JsonNode.Parse(before)!, JsonNode.Parse(after)!));

    [Theory]
    [InlineData("""{"type":"object","properties":{}}""", """{"type":"object","properties":{"a":{"type":"string"}}}""")]
    [InlineData("""{"type":["string","null"]}""", """{"type":"string"}""")]
    public void What_is_added_is_no_loss(string before, string after) =>
        Assert.Empty(JsonSchemas.Lost(JsonNode.Parse(before)!, JsonNode.Parse(after)!));

    [Fact]
    public void A_schema_that_loses_something_is_not_overwritten()
    {
        var folder = Directory.CreateTempSubdirectory("panicle-test");
        try
        {
            Assert.Empty(JsonSchemas.Write(Everything, folder.FullName));
            var path = Path.Combine(folder.FullName, "panicle.mod-1.json");
            var schema = JsonNode.Parse(File.ReadAllText(path))!;
            schema["properties"]!["gone"] = new JsonObject { ["type"] = "string" };
            File.WriteAllText(path, JsonSchemas.Text(schema));
            Assert.Contains("panicle.mod/1: result.gone is gone", Assert.Single(JsonSchemas.Write(Everything, folder.FullName)));
            Assert.Contains("gone", File.ReadAllText(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
