using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Json;
using Panicle.Kdump.Save;
using Panicle.Kdump.Targets;
using Panicle.Kernel;
using Panicle.Reports;

namespace Panicle.Cli.Verbs;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SaveResult))]
internal sealed partial class SaveJson : JsonSerializerContext;

/// <summary>save: a crashed kernel's memory into a dump, and dumps into other dumps.</summary>
internal sealed class SaveVerb : Command<SaveResult>
{
    private static readonly string[] Compressions = ["zstd", "zlib", "snappy", "lzo", "none"];
    private static readonly string[] Formats = ["kdump", "elf", "flattened"];

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("save", "save a crashed kernel's memory, filter and convert dumps")
    {
        Operands = [Operand.Some("INPUT... OUTPUT", Completes.Files)],
        Options =
        [
            Option.Number(
                "--level", "N",
                "what to leave out, as makedumpfile -d: "
                    + "1 zeros, 2 cache, 4 private cache, 8 processes' memory, 16 free pages; the sum", 0, 31),
            Option.Choice("--compress", "COMPRESSION", "zstd (unless said otherwise), zlib, snappy, lzo or none", Compressions),
            Option.Choice("--format", "FORMAT", "kdump (unless said otherwise), elf or flattened", Formats),
            Option.Number("--split", "N", "into N files: OUTPUT.1, OUTPUT.2, ...", 1, 999),
            Option.Number("--threads", "N", "threads that read and compress; one for each CPU unless said otherwise", 1, 1024),
            Option.Flag("--scrub", "overwrite keys, states of ciphers, data in sockets and pipes, arguments and environments"),
            Option.Flag("--scrub-or-refuse", "the same; write no dump if not all of them can be found"),
            Option.Flag("--dump-only", "no log and no report beside the dump"),
            Option.Flag("--from-raw",
                "INPUT is a device that a capture wrote to; OUTPUT a directory for the log, the report and the dump"),
            Option.Flag("--force", "overwrite files that are there already, and what is on a device that nobody uses"),
        ],
        Description = """
            Saves the memory of a crashed kernel from /proc/vmcore, in the kernel that kdump has started; or reads any
            dump and writes it with less in it, in another form, or whole again: the files of a split dump, a flattened
            stream, a dump that was cut short.

            The kernel's log is written first, as text, and then the report, each beside the dump (dmesg.X and report.X
            beside dump.X; X-dmesg.txt and X-report.txt beside any other name), so that they are safe whatever happens to
            the dump. A file is called OUTPUT-incomplete until all of it is on the disk. OUTPUT - is a flattened stream on
            standard output. Files are readable by their owner only. The input is never written to, by whatever name.

            What goes wrong with the log, the report, the filter or what --scrub looks for is a note, and the dump is saved
            all the same. Pages that the input should have and hasn't, since it was cut short or a part of it is missing, are
            missing from the output too, which says so and is marked as incomplete.

            Without --level, everything that the kernel doesn't need is left out of /proc/vmcore (31), and of dumps
            nothing that they have. What the filter leaves out is checked against the kernel's own counts, its image, its
            page tables and the stacks of its tasks: where these contradict it, more is kept, and a note says so.
            """,
        Examples =
        [
            new("panicle save samples/null-deref.vmcore /tmp/vmcore --compress zlib --dump-only", """
                /tmp/vmcore: 17997 of 57047 pages, 2776 of them zero, 16.8 MB in 0.9 s, 38.2 MB of memory
                """, "The same dump with another compression:"),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SaveResult> JsonType => SaveJson.Default.SaveResult;

    /// <inheritdoc/>
    protected override SaveResult Execute(CommandContext context, ParsedArguments arguments)
    {
        if (arguments.Operands.Count < 2)
            throw new UsageException("name the input and the file to write");
        var (inputs, output) = arguments.Has("--from-raw")
            ? FromRaw(arguments)
            : ([.. arguments.Operands.SkipLast(1)], arguments.Operands[^1]);
        var progress = new SaveProgress(Console.Error, !Console.IsErrorRedirected);
        var result = DumpSaver.Save(inputs, output, OptionsOf(arguments) with
        {
            Report = WriteReport,
            Say = progress.Say,
            Progress = progress.Show,
        }, context.Cancellation);
        progress.End();
        if (arguments.Has("--from-raw"))
            File.Delete(inputs[0]);
        return result;
    }

    // Everything comes off the device as it is; then the dump, a flattened stream there, is saved as the file that it stands for.
    private static (IReadOnlyList<string> Inputs, string Output) FromRaw(ParsedArguments arguments)
    {
        if (arguments.Operands.Count != 2)
            throw new UsageException("--from-raw takes the device and the directory for its files");
        try
        {
            var files = RawExtract.Copy(arguments.Operands[0], arguments.Operands[1], arguments.Has("--force"));
            var dump = files.FirstOrDefault(file => Path.GetFileName(file).StartsWith("dump.", StringComparison.Ordinal)
                || Path.GetFileName(file) is "vmcore" or "vmcore-incomplete")
                ?? throw new CommandException(
                    $"there is no dump on {arguments.Operands[0]}; what is there is in {arguments.Operands[1]}: "
                        + string.Join(", ", files.Select(Path.GetFileName)));
            File.Move(dump, $"{dump}.flat");
            return ([$"{dump}.flat"], dump.Replace("-incomplete", "", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DumpException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    protected override void WriteText(SaveResult result, View view, TextOutput output)
    {
        foreach (var note in result.Notes)
            output.Line($"note: {note}");
        foreach (var use in result.Uses)
            output.Line($"{Name(use.Use),24} {use.Pages,10} pages, {use.LeftOut,10} left out");
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", result.Files)}: {result.Pages} of {result.MachinePages} pages, {result.ZeroPages} of them zero, "
                + $"{Sizes.Rounded((ulong)result.Bytes)} in {result.Seconds:f1} s, "
                + $"{Sizes.Rounded((ulong)result.PeakMemory)} of memory"));
    }

    private static SaveOptions OptionsOf(ParsedArguments arguments) => new()
    {
        Level = arguments.Number("--level"),
        Compression = arguments.Value("--compress") switch
        {
            "zlib" => DumpCompression.Zlib,
            "snappy" => DumpCompression.Snappy,
            "lzo" => DumpCompression.Lzo,
            "none" => DumpCompression.None,
            _ => DumpCompression.Zstd,
        },
        Format = (SaveFormat)Math.Max(Array.IndexOf(Formats, arguments.Value("--format")), 0),
        Split = arguments.Number("--split") ?? 1,
        Threads = arguments.Number("--threads"),
        Scrub = arguments.Has("--scrub") || arguments.Has("--scrub-or-refuse"),
        ScrubOrRefuse = arguments.Has("--scrub-or-refuse"),
        Force = arguments.Has("--force"),
        SideFiles = !arguments.Has("--dump-only") && !arguments.Has("--from-raw"),
    };

    internal static void WriteReport(KernelDump kernel, TextWriter writer) =>
        ReportText.Write(CrashReport.Read(kernel), new TextOutput(writer, 100, CancellationToken.None));

    private static string Name(Kernel.Mm.PageUse use) => use switch
    {
        Kernel.Mm.PageUse.Kernel => "kernel",
        Kernel.Mm.PageUse.Slab => "slab caches",
        Kernel.Mm.PageUse.PageTable => "page tables",
        Kernel.Mm.PageUse.Cache => "page cache",
        Kernel.Mm.PageUse.PrivateCache => "page cache, private",
        Kernel.Mm.PageUse.User => "processes",
        Kernel.Mm.PageUse.Free => "free",
        Kernel.Mm.PageUse.Offline => "broken or offline",
        _ => "can't be told",
    };
}
