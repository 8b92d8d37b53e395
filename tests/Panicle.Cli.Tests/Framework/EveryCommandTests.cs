using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Cli.Tests.Framework;

/// <summary>What holds for every command and verb, so that adding one is one file and its own test.</summary>
public class EveryCommandTests
{
    public static TheoryData<string> Names => [.. Everything.Select(NameOf)];

    private static IEnumerable<CommandEntry> Everything => [.. CommandTable.Commands().Entries, .. CommandTable.Verbs().Entries];

    // Classes of two groups may share a name.
    private static string NameOf(CommandEntry entry) => $"{entry.Group}{entry.ClassName}";

    private static Command Get(string className) => Everything.Single(e => NameOf(e) == className).Create();

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_named_as_its_file(string className)
    {
        var entry = Everything.Single(e => NameOf(e) == className);
        Assert.Equal(entry.Name, entry.Create().Info.Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Has_a_summary_a_description_and_a_real_example(string className)
    {
        var info = Get(className).Info;
        Assert.NotEmpty(info.Summary);
        Assert.DoesNotContain('\n', info.Summary);
        Assert.False(info.Summary.EndsWith('.'), "the summary is no sentence");
        Assert.NotEmpty(info.Description);
        Assert.NotEmpty(info.Examples);
        Assert.All(info.Examples, e => Assert.Contains(info.Name, e.Line));
        if (info.Name != "quit")
            Assert.All(info.Examples, e => Assert.NotEmpty(e.Output));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Writes_camel_case_and_enums_as_strings(string className)
    {
        if (Get(className) is not ITypedCommand { ResultType.Options: var options })
            return;
        Assert.Equal(JsonNamingPolicy.CamelCase, options.PropertyNamingPolicy);
        var declared = options.TypeInfoResolver!.GetType().GetCustomAttribute<JsonSourceGenerationOptionsAttribute>();
        Assert.True(declared?.UseStringEnumConverter, "the JSON context lacks UseStringEnumConverter = true");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Declares_each_option_once(string className) =>
        Assert.Distinct(Get(className).Info.Options.Select(o => o.Name).Append("--json").Append("--help"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Excludes_what_it_declares_to_exclude_each_other(string className)
    {
        var info = Get(className).Info;
        foreach (var group in info.OneOf)
        {
            Assert.All(group.Options, name => Assert.NotNull(info.FindOption(name)));
            foreach (var (first, second) in group.Options.SelectMany(first => group.Options.Select(second => (first, second))))
            {
                if (first != second)
                    Assert.Contains("together", UsageError(info, [.. Given(info, first), .. Given(info, second)]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Takes_only_values_that_it_declares(string className)
    {
        var info = Get(className).Info;
        foreach (var option in info.Options)
        {
            if (option.Choices.Count > 0)
                Assert.Contains(option.Choices[0], UsageError(info, [option.Name, "no-such-word"]));
            if (option.IsSize || option.IsNumberList || option.Range is not null)
                Assert.Contains("nonumber", UsageError(info, [option.Name, "nonumber"]));
            if (option.Range is { Most: < int.MaxValue } range)
                Assert.Contains($"{range.Most}", UsageError(info, [option.Name, $"{range.Most + 1}"]));
            if (option.Range is { Least: > 0 } from)
                Assert.Contains($"{from.Least}", UsageError(info, [option.Name, $"{from.Least - 1}"]));
        }
        foreach (var operand in info.Operands.Where(operand => operand.Choices.Count > 0))
            Assert.Contains(operand.Choices[0], UsageError(info, ["no-such-word"]));
    }

    private static string UsageError(CommandInfo info, string[] words) =>
        Assert.Throws<UsageException>(() => ArgumentParser.Parse(info, [.. words])).Message;

    private static IEnumerable<string> Given(CommandInfo info, string name)
    {
        var option = info.FindOption(name)!;
        return option.ValueName is null ? [name] : [name, option.Choices is [var first, ..] ? first : "1"];
    }

    [Fact]
    public void No_two_commands_share_a_name() =>
        Assert.Distinct(CommandTable.Commands().All.SelectMany(c => c.Info.Aliases.Append(c.Info.Name)));
}
