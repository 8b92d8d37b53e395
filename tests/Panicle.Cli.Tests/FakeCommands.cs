using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Dumps;
using Panicle.Formats.Json;

namespace Panicle.Cli.Tests;

internal enum FakeMood { Calm, VeryLoud }

internal sealed record EchoResult(
    IReadOnlyList<string> Words, string Text, Address Where, FakeMood Mood, int Verbosity, string? Level, int? Nothing);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EchoResult))]
internal sealed partial class EchoJson : JsonSerializerContext;

/// <summary>Shows what it was given.</summary>
internal class EchoCommand : Command<EchoResult>
{
    public override CommandInfo Info { get; } = new("echo", "shows its words")
    {
        Aliases = ["say"],
        Options =
        [
            Option.Flag("-v", "louder"), Option.Value("-l", "LEVEL", "a level"), Option.Flag("-64", "wide"),
            Option.Value("--file", "FILE", "a file", Completes.Files), Option.Flag("-n", "with a note"),
            Option.Flag("-f", "with a finding"),
        ],
        Operands = [Operand.Any("WORD", Completes.Symbols)],
        Description = "Shows what it was given.",
        Examples = [new("echo a", "a")],
        Finding = "it was told so",
    };

    protected override JsonTypeInfo<EchoResult> JsonType => EchoJson.Default.EchoResult;

    protected override EchoResult Execute(CommandContext context, ParsedArguments arguments)
    {
        if (arguments.Has("-n"))
            context.Note("a part is missing");
        return new(
            [.. arguments.Operands], arguments.Text, 0xffff888003aa2f00, arguments.Has("-64") ? FakeMood.VeryLoud : FakeMood.Calm,
            arguments.Count("-v"), arguments.Value("-l") ?? arguments.Value("--file"), arguments.Has("-f") ? 1 : null);
    }

    protected override int ExitCodeOf(EchoResult result, View view) => result.Nothing ?? 0;

    protected override void WriteText(EchoResult result, View view, TextOutput output) =>
        output.Line(string.Join(' ', result.Words));
}

internal sealed class ExprCommand : EchoCommand
{
    public override CommandInfo Info { get; } = new("expr", "shows an expression")
    {
        Options =
        [
            Option.Flag("-x", "hex"), Option.Flag("-v", ""), Option.Flag("-64", ""), Option.Value("-l", "L", ""),
            Option.Flag("-n", ""), Option.Flag("-f", ""), Option.Value("--file", "F", ""),
        ],
        Operands = [Operand.Some("EXPRESSION")],
        OptionsFirst = true,
        Examples = [new("expr 1", "1")],
    };

    protected override void WriteText(EchoResult result, View view, TextOutput output) => output.Line(result.Text);

    public override string? Rewrite(CommandLine line, CommandContext context) =>
        line.Name.StartsWith("x/", StringComparison.Ordinal)
            ? $"expr {line.Name[2..]} {string.Join(' ', line.Arguments.Select(w => w.Raw))}"
            : line.Name.StartsWith("loop", StringComparison.Ordinal) ? line.Name + "o" : null;
}

/// <summary>Throws what its test gives it.</summary>
internal sealed class FailCommand(Func<CommandContext, Exception?> fail) : EchoCommand
{
    public override CommandInfo Info { get; } = new(
        "fail", "fails")
    { Operands = [Operand.Any("X")], Examples = [new("fail", "")] };

    protected override EchoResult Execute(CommandContext context, ParsedArguments arguments) =>
        throw fail(context) ?? new DumpException("/tmp/x at offset 16: the header is cut short");
}

internal sealed class ManyCommand : EchoCommand
{
    public override CommandInfo Info { get; } = new(
        "many", "prints many lines")
    { Operands = [Operand.Required("COUNT")], Examples = [new("many 1", "1")] };

    protected override EchoResult Execute(CommandContext context, ParsedArguments arguments) =>
        new(arguments.Operands, "", 0, FakeMood.Calm, 0, null, null);

    protected override void WriteText(EchoResult result, View view, TextOutput output)
    {
        for (var i = 0; i < Numbers.Count(result.Words[0], "COUNT"); i++)
            output.Line($"line {i}");
    }
}
