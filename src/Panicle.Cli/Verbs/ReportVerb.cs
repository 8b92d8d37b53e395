using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Reports;

namespace Panicle.Cli.Verbs;

/// <summary>report: one page that says what happened.</summary>
internal sealed class ReportVerb : Command<CrashReport>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("report", "what happened, on one page")
    {
        Operands = [Operand.Some("DUMP [VMLINUX]", Completes.Files)],
        Options = [Option.Value("--html", "FILE", "write the page as one HTML file that needs nothing else")],
        Description = """
            Reads a dump and prints what a person in a hurry needs: what died and where, who was running, the backtrace
            with its registers, the code around the faulting instruction, what the other CPUs were doing, the blocked
            tasks grouped by equal stacks, the memory, the end of the log, taints and modules that are not of the
            kernel's own tree, and what could not be read and why.
            """,
        Examples = [new("panicle report samples/null-deref.vmcore", "BUG: kernel NULL pointer dereference, address: 0000000000000000 in crashme_inner+0xf [crashme]\n...")],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<CrashReport> JsonType => ReportJson.Default.CrashReport;

    /// <inheritdoc/>
    protected override CrashReport Execute(CommandContext context, ParsedArguments arguments)
    {
        context.Session.Open(arguments.Operands);
        var report = CrashReport.Read(context.Session.Kernel, context.Cancellation);
        if (arguments.Value("--html") is { } file)
        {
            using var writer = new StreamWriter(file);
            ReportHtml.Write(report, writer);
        }
        return report;
    }

    /// <inheritdoc/>
    protected override void WriteText(CrashReport result, TextOutput output) => ReportText.Write(result, output);
}
