using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Symbols;
using Panicle.Cli.Rendering;
using Panicle.Dumps;
using Panicle.Logs.Naming;
using Panicle.Reports;

namespace Panicle.Cli.Verbs;

/// <summary>report: one page that says what happened.</summary>
internal sealed class ReportVerb : Command<CrashReport>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("report", "what happened, on one page")
    {
        SchemaVersion = 3,
        Operands = [Operand.Some("DUMP [VMLINUX] | LOG", Completes.Files)],
        Options =
        [
            Option.Value("--html", "FILE", "write the page as one HTML file that needs nothing else (-: to standard output)",
                Completes.Files),
            .. SymbolArguments.Options.Where(option => option.Name != HtmlFile.Force.Name),
            Option.Flag(HtmlFile.Force.Name, "let --html overwrite a file that is no page of Panicle's; "
                + "take files with symbols although their build IDs are others"),
        ],
        Description = """
            Reads a dump and prints what a person in a hurry needs: what died and where, who was running, the backtrace
            with its registers, the code around the faulting instruction, what the other CPUs were doing, the blocked
            tasks grouped by equal stacks, the memory, the end of the log, taints and modules that are not of the
            kernel's own tree, and what could not be read and why.

            Of a log (dmesg, a console capture, the journal, pstore records; packed or not; - is standard input) it makes
            the same page with what the log can tell: what explains the crash, where and who, traces, registers and code.

            Where the debug information of the kernel and its modules can be found (installed, in the store that panicle
            symbols keeps, or given), backtraces have source lines and the functions that were inlined.
            """,
        Examples = [new("panicle report samples/null-deref.vmcore",
            "BUG: kernel NULL pointer dereference, address: 0000000000000000 in crashme_inner+0xf [crashme]\n...")],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<CrashReport> JsonType => ReportJson.Default.CrashReport;

    /// <inheritdoc/>
    protected override CrashReport Execute(CommandContext context, ParsedArguments arguments)
    {
        var html = HtmlFile.Of(arguments);
        var report = InputFiles.AreLogs(arguments.Operands) ? OfLog(arguments, context.Cancellation) : OfDump(context, arguments);
        html?.Write(writer => ReportHtml.Write(report, writer));
        return report;
    }

    private static CrashReport OfDump(CommandContext context, ParsedArguments arguments)
    {
        context.Session.DebugFileOptions = SymbolArguments.From(arguments, context.Session);
        context.Session.Open(arguments.Operands);
        return CrashReport.Read(context.Session.Kernel, context.Session.Lines, context.Cancellation);
    }

    private static CrashReport OfLog(ParsedArguments arguments, CancellationToken cancellation)
    {
        try
        {
            using var symbols = new OopsSymbols(
                arguments.Value("--vmlinux"), systemMap: null, arguments.Value("--modules"), loaded: null);
            using var text = InputFiles.OpenLogs(arguments.Operands);
            return CrashReport.Read(arguments.Operands, CrashLog.Read(text, symbols, cancellation), cancellation);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw new DumpException(FileError.Describe(failure), failure);
        }
    }

    /// <inheritdoc/>
    protected override void WriteText(CrashReport result, View view, TextOutput output)
    {
        if (HtmlFile.IsStandardOutput(view.Arguments))
            HtmlFile.WriteTo(output, writer => ReportHtml.Write(result, writer));
        else
            ReportText.Write(result, output);
    }
}
