using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Formats.Json;
using Panicle.Reports.Findings;

namespace Panicle.Cli.Commands.Reports;

/// <summary>What explains the crash.</summary>
internal sealed record WhyResult(IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(WhyResult))]
internal sealed partial class WhyJson : JsonSerializerContext;

/// <summary>why: the cause, with evidence.</summary>
internal sealed class WhyCommand : Command<WhyResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("why", "what explains the crash, with evidence")
    {
        Description = """
            Looks for the cause of the crash and shows what it found, the most telling first: what it is, how sure that is
            (certain, likely, possible), the evidence, under each piece the command that shows it, and after "=>" what to
            do next. What may merely have to do with the crash (an unusual module on the path, an earlier warning) comes last.
            """,
        Examples = [new("why", """
                  1. crashme_inner [crashme] read memory through a pointer that was NULL (NULL pointer dereference) [certain]
                     - [   16.241818] BUG: kernel NULL pointer dereference, address: 0000000000000000
                           log
                     - crashme_inner+0xf [crashme]: mov    (%rax),%rax — reads 8 bytes at rax, rax is 0
                           dis ffffffffc04500ef 1
                     - the backtrace of the task that did it
                           bt -p
                     - the pointer was loaded into rax from 0xffffd17cc048bad8, which still holds it
                           rd ffffd17cc048bad8
                     - that memory, 0xffffd17cc048bad8, is in the kernel stack of PID 136 (witness), 0x3ad8 bytes above its low end
                           kmem ffffd17cc048bad8
                     => Find out why the pointer was NULL: look at crashme_inner [crashme] and what its callers gave it. Ask whether a newer version has a fix for this function.
                  2. The module crashme, which is not of the kernel's own tree (out of tree, unsigned), is on the path to the crash [possible]
                     - 5 frames of the backtrace are in it, the innermost crashme_inner+0xf [crashme]
                           bt -p
                     - its taints are OE
                           mod -t
                     => Ask whoever provides crashme, and see whether the crash comes without it.
                """)],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<WhyResult> JsonType => WhyJson.Default.WhyResult;

    /// <inheritdoc/>
    protected override WhyResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var result = Triage.Run(context.Session.Kernel, context.Cancellation);
        context.Losses.Add(result.Losses);
        return new WhyResult(result.Findings);
    }

    /// <inheritdoc/>
    protected override void WriteText(WhyResult result, View view, TextOutput output)
    {
        if (result.Findings.Count == 0)
            output.Line("Nothing was found that explains the crash.");
        FindingsText.Write(result.Findings, withCommands: true, output);
    }
}
