using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Completions;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs;

/// <summary>A script that a shell reads to complete panicle's words.</summary>
internal sealed record CompletionResult(string Shell, string Script);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(CompletionResult))]
internal sealed partial class CompletionJson : JsonSerializerContext;

/// <summary>completion: scripts that make shells complete panicle's words.</summary>
internal sealed class CompletionVerb : Command<CompletionResult>
{
    private const int Columns = 80;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "completion", "a script that makes bash, zsh or fish complete panicle's words")
    {
        Operands = [Operand.Choice("bash", "zsh", "fish")],
        Description = """
            Prints the script. For bash put it into /etc/bash_completion.d/panicle (or source it in ~/.bashrc), for zsh into a file
            _panicle in a folder of fpath, for fish into ~/.config/fish/completions/panicle.fish. Verbs, options, the words that
            an option takes and files are completed; nothing is started for it. Inside panicle's own shell Tab completes names
            of the dump, too.
            """,
        Examples =
        [
            new("panicle completion bash > /etc/bash_completion.d/panicle", "...", "From the next shell on, Tab completes."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<CompletionResult> JsonType => CompletionJson.Default.CompletionResult;

    /// <inheritdoc/>
    protected override CompletionResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var shell = arguments.Operands[0];
        IReadOnlyList<CommandInfo> verbs = [.. CommandTable.Verbs().All.Select(verb => verb.Info)];
        var commands = CommandTable.Commands().Entries.Select(entry => entry.Name);
        using var writer = new StringWriter();
        var output = new TextOutput(writer, Columns, context.Cancellation);
        switch (shell)
        {
            case "bash":
                BashCompletion.Write(Invocation.Info, verbs, commands, output);
                break;
            case "zsh":
                ZshCompletion.Write(Invocation.Info, verbs, commands, output);
                break;
            default:
                FishCompletion.Write(Invocation.Info, verbs, commands, output);
                break;
        }
        return new CompletionResult(shell, writer.ToString());
    }

    /// <inheritdoc/>
    protected override void WriteText(CompletionResult result, View view, TextOutput output) => output.Lines(result.Script);
}
