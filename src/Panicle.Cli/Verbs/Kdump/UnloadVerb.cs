using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Loading;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>What unloading came to.</summary>
/// <param name="WasLoaded">Whether there was a capture kernel.</param>
internal sealed record UnloadResult(bool WasLoaded);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(UnloadResult))]
internal sealed partial class UnloadJson : JsonSerializerContext;

/// <summary>kdump unload: unloads the capture kernel.</summary>
internal sealed class UnloadVerb : Command<UnloadResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump unload", "unloads the capture kernel; crashes aren't captured any more")
    {
        Options = [Option.Flag("--dry-run", "say whether there is one")],
        Description = "Unloads whatever capture kernel is loaded, whoever loaded it. The memory stays reserved.",
        Examples = [new("panicle kdump unload", "The capture kernel is unloaded.")],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<UnloadResult> JsonType => UnloadJson.Default.UnloadResult;

    /// <inheritdoc/>
    protected override UnloadResult Execute(CommandContext context, ParsedArguments arguments) => Failures.Of(() =>
    {
        var state = KexecState.Read(SystemRoot.Live);
        if (!arguments.Has("--dry-run"))
        {
            CaptureKernel.UnloadAny();
            LoadRecord.Delete(SystemRoot.Live);
        }
        return new UnloadResult(state.IsLoaded ?? false);
    });

    /// <inheritdoc/>
    protected override void WriteText(UnloadResult result, View view, TextOutput output) =>
        output.Line(result.WasLoaded ? "The capture kernel is unloaded." : "There was no capture kernel.");
}
