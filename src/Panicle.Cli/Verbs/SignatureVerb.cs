using System.Text.Json.Serialization.Metadata;
using Panicle.Dumps;
using Panicle.Kernel.Arch;
using Panicle.Logs.Events;
using Panicle.Logs.Signatures;
using Panicle.Reports;

namespace Panicle.Cli.Verbs;

/// <summary>signature: what tells this crash from others.</summary>
internal sealed class SignatureVerb : Command<CrashSignature>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("signature", "what stays the same when the same crash comes again")
    {
        SchemaVersion = 3,
        Operands = [Operand.Some("DUMP | LOG", Completes.Files)],
        IsDocument = true,
        Description = """
            One line that is the same for the same crash, whether it comes from a dump, a console, a journal, netconsole or
            pstore, and on every machine: the kind, the module and the functions that led to it. Addresses, offsets, compilers'
            suffixes, counters, CPUs and processes are left out. Below it stands what went into it and what did not.

            A dump's signature is that of the log in it, so that it agrees with the log that was sent elsewhere.
            """,
        Examples =
        [
            new("panicle signature samples/null-deref.vmcore", """
                a91ea113aad062fb  null-pointer-dereference crashme: crashme_inner < crashme_middle < crashme_outer < crashme_null_deref < crashme_write < full_proxy_write

                   event: BUG: kernel NULL pointer dereference, address: 0000000000000000 (line 389)
                    kind: null-pointer-dereference
                  module: crashme
                    from: crashme_inner, crashme_middle, crashme_outer, crashme_null_deref, crashme_write, full_proxy_write
                 without: vfs_write: from here on, what the kernel does for every caller
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<CrashSignature> JsonType => SignatureJson.Default.CrashSignature;

    /// <inheritdoc/>
    protected override CrashSignature Execute(CommandContext context, ParsedArguments arguments)
    {
        var files = arguments.Operands;
        return Crash(files, context) is { } crash
            ? CrashSignature.Of(crash)
            : throw new CommandException($"the log in {files[0]} tells of no crash");
    }

    /// <inheritdoc/>
    protected override void WriteText(CrashSignature result, View view, TextOutput output)
    {
        output.Line($"{result.Id}  {result.Text}");
        output.Line();
        output.Line($"   event: {result.Event.Title} (line {result.Event.FirstLine})");
        output.Line($"    kind: {result.Kind.Name()}");
        if (result.Module is not null)
            output.Line($"  module: {result.Module}");
        output.Line($"    from: {string.Join(", ", result.Functions)}");
        foreach (var reason in result.LeftOut)
            output.Line($" without: {reason}");
    }

    private static OopsEvent? Crash(IReadOnlyList<string> files, CommandContext context)
    {
        if (!InputFiles.IsReadOnce(files[0]) && DumpReader.IsDump(files[0]))
        {
            context.Session.Open(files);
            return CrashLog.Of(context.Session.Kernel).Main;
        }
        try
        {
            using var text = InputFiles.OpenLogs(files);
            var log = OopsReader.Read(text, processors: Architectures.ProcessorOf, cancellation: context.Cancellation);
            foreach (var note in log.Notes)
                context.Note(note);
            return CrashSignature.Crash(log.Events);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw new DumpException(FileError.Describe(failure), failure);
        }
    }
}
