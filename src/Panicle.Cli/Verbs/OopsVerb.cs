using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Dumps;
using Panicle.Reports.Oops;

namespace Panicle.Cli.Verbs;

/// <summary>oops: the crashes, warnings and errors in a kernel's log.</summary>
internal sealed class OopsVerb : Command<OopsLog>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("oops", "the crashes and warnings in a kernel's log")
    {
        Operands = [Operand.Any("FILE | -", Completes.Files)],
        Options =
        [
            Option.Value("--html", "FILE", "write a page that needs nothing else", Completes.Files),
            Option.Value("--vmlinux", "FILE", "name addresses without symbols from this kernel", Completes.Files),
            Option.Value("--system-map", "FILE", "name them from a System.map or /proc/kallsyms", Completes.Files),
            Option.Value("--modules", "DIR", "name addresses in modules from the .ko files there", Completes.Files),
            Option.Value("--proc-modules", "FILE", "where modules lay, as /proc/modules tells, if the log doesn't", Completes.Files),
        ],
        IsDocument = true,
        Description = """
            Reads any text that holds a kernel's messages: dmesg, console captures, the journal (also -o json), syslog,
            netconsole, pstore records, mails; plain or packed with gzip, xz, zstd or bzip2. Without a file, or with -,
            it reads standard input. The parts of pstore records (Reason#count PartN) are joined in their right order.

            Shows each event with what the kernel told of it: where, the decoded error code and taint, registers,
            the call trace (? marks what the unwinder isn't sure of), and the code around the faulting instruction,
            read against the registers.
            """,
        Examples = [new("panicle oops console.log", "BUG: kernel NULL pointer dereference, address: 0000000000000000\n...")],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<OopsLog> JsonType => OopsJson.Default.OopsLog;

    /// <inheritdoc/>
    protected override OopsLog Execute(CommandContext context, ParsedArguments arguments)
    {
        using var symbols = new OopsSymbols(arguments.Value("--vmlinux"), arguments.Value("--system-map"), arguments.Value("--modules"), arguments.Value("--proc-modules"));
        var log = Read(arguments.Operands, symbols, context.Cancellation);
        if (arguments.Value("--html") is { } file)
        {
            using var writer = new StreamWriter(file);
            OopsHtml.Write(log, writer);
        }
        return log;
    }

    /// <inheritdoc/>
    protected override void WriteText(OopsLog result, TextOutput output) => OopsText.Write(result, output);

    private static OopsLog Read(IReadOnlyList<string> files, OopsSymbols symbols, CancellationToken cancellation)
    {
        try
        {
            using var text = LogInput.OpenAll(files.Count == 0 ? ["-"] : files);
            return OopsReader.Read(text, symbols, cancellation);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw new DumpException(failure.Message);
        }
    }
}
