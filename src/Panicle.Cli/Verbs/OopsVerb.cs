using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Dumps;
using Panicle.Kernel.Arch;
using Panicle.Logs.Events;
using Panicle.Logs.Naming;

namespace Panicle.Cli.Verbs;

/// <summary>oops: the crashes, warnings and errors in a kernel's log.</summary>
internal sealed class OopsVerb : Command<OopsLog>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("oops", "the crashes and warnings in a kernel's log")
    {
        SchemaVersion = 3,
        Operands = [Operand.Any("FILE | -", Completes.Files)],
        Options =
        [
            Option.Value("--html", "FILE", "write a page that needs nothing else (-: to standard output)", Completes.Files),
            HtmlFile.Force,
            Option.Value("--vmlinux", "FILE", "source lines from this kernel, and names for addresses without", Completes.Files),
            Option.Value("--system-map", "FILE", "name them from a System.map or /proc/kallsyms", Completes.Files),
            Option.Value("--modules", "DIR | FILE", "the same for modules, from their .ko files", Completes.Files),
            Option.Value("--proc-modules", "FILE", "where modules lay, as /proc/modules tells, if the log doesn't",
                Completes.Files),
        ],
        IsDocument = true,
        Description = """
            Reads any text that holds a kernel's messages: dmesg, console captures, the journal (also -o json), syslog,
            netconsole, pstore records, mails; plain or packed with gzip, xz, zstd or bzip2. Without a file, or with -,
            it reads standard input. The parts of pstore records (Reason#count PartN) are joined in their right order.

            Shows each event with what the kernel told of it: where, the decoded error code and taint, registers,
            the call trace (? marks what the unwinder isn't sure of), and the code around the faulting instruction,
            read against the registers. With the debug information of the kernel (--vmlinux) and its modules (--modules) each
            place has its source line, and functions that were inlined there stand before it, marked [inline].
            """,
        Examples =
        [
            new("panicle oops samples/logs/6.12-null-deref.log", """
                BUG: kernel NULL pointer dereference, address: 0000000000000000
                ===============================================================
                      kind: null-pointer-dereference
                     where: crashme_inner+0xf/0x30 [crashme]
                   address: 0000000000000000
                    access: reads 8 bytes at rax, rax is 0
                error code: 0x0000: a read by the kernel of a page that is not present
                   running: PID 201 "witness" on CPU 0
                      when: 25.156803 s after boot
                    kernel: 6.12.117+deb12-cloud-amd64 (x86-64)
                   machine: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
                     taint: GOE: an out-of-tree module was loaded; an unsigned module was loaded
                     lines: 7 to 52
                ...
                Call Trace:
                  crashme_middle+0xa/0x30 [crashme]
                  crashme_outer+0xa/0x30 [crashme]
                  crashme_null_deref+0xcc/0x110 [crashme]
                  crashme_write+0xab/0x100 [crashme]
                ...
                Code:
                     +0x0  0f1f440000                nopl   0x0(%rax,%rax,1)
                     +0x5  488b4718                  mov    0x18(%rdi),%rax
                     +0x9  8b1599370000              mov    0x3799(%rip),%edx
                =>   +0xf  488b00                    mov    (%rax),%rax
                    +0x12  01c2                      add    %eax,%edx
                ...
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<OopsLog> JsonType => OopsJson.Default.OopsLog;

    /// <inheritdoc/>
    protected override OopsLog Execute(CommandContext context, ParsedArguments arguments)
    {
        var html = HtmlFile.Of(arguments);
        using var symbols = new OopsSymbols(arguments.Value("--vmlinux"), arguments.Value("--system-map"),
            arguments.Value("--modules"), arguments.Value("--proc-modules"));
        var log = Read(arguments.Operands, symbols, context.Cancellation);
        html?.Write(writer => OopsHtml.Write(log, writer));
        return log;
    }

    /// <inheritdoc/>
    protected override void WriteText(OopsLog result, View view, TextOutput output)
    {
        if (HtmlFile.IsStandardOutput(view.Arguments))
            HtmlFile.WriteTo(output, writer => OopsHtml.Write(result, writer));
        else
            OopsText.Write(result, output);
    }

    private static OopsLog Read(IReadOnlyList<string> files, OopsSymbols symbols, CancellationToken cancellation)
    {
        try
        {
            using var text = InputFiles.OpenLogs(files.Count == 0 ? ["-"] : files);
            return OopsReader.Read(text, symbols, Architectures.ProcessorOf, cancellation);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            throw new DumpException(FileError.Describe(failure), failure);
        }
    }
}
