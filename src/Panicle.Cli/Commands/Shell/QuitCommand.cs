using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Shell;

/// <summary>Nothing: quit has no result.</summary>
internal sealed record QuitResult;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(QuitResult))]
internal sealed partial class QuitJson : JsonSerializerContext;

/// <summary>quit: leaves the shell.</summary>
internal sealed class QuitCommand : Command<QuitResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("quit", "leaves the shell")
    {
        Aliases = ["q", "exit"],
        Description = "Ctrl-D on an empty line does the same.",
        Examples = [new("quit", "")],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<QuitResult> JsonType => QuitJson.Default.QuitResult;

    /// <inheritdoc/>
    protected override QuitResult Execute(CommandContext context, ParsedArguments arguments)
    {
        context.Session.IsEnding = true;
        return new QuitResult();
    }

    /// <inheritdoc/>
    protected override void WriteText(QuitResult result, View view, TextOutput output)
    {
    }
}
