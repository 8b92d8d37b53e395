using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Symbols;
using Panicle.Debuginfo.Finding;
using Panicle.Dumps;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Targets;
using Panicle.Symbols.Dwarf;

namespace Panicle.Cli.Verbs;

/// <summary>The crashes that are kept in a directory; or the source of places in code. What wasn't asked for is null.</summary>
internal sealed record KeptCrashList(string? Directory, IReadOnlyList<KeptCrash>? Crashes, IReadOnlyList<ListedPlace>? Places);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(KeptCrashList))]
internal sealed partial class KeptCrashJson : JsonSerializerContext;

/// <summary>list: the crashes that are kept; and, with a kernel or a module, source lines as gdb's list shows them.</summary>
internal sealed class ListVerb : Command<KeptCrashList>
{
    private const int MostTitle = 60;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "list", "the crashes that are kept in a directory; the source of a place in a kernel or module")
    {
        Operands = [Operand.Any("DIR | FUNCTION+OFFSET | ADDRESS | FILE.ko", Completes.Files)],
        SchemaName = "crashes",
        Options =
        [
            Option.Value("--vmlinux", "FILE", "list the source of places in this kernel", Completes.Files),
            Option.Value("--base", "ADDRESS", "addresses are those of a run in which the code lay there (/proc/modules)"),
            .. SymbolArguments.Options.Where(option => option.Name == "--source"),
        ],
        Description = """
            Lists the crashes that Panicle, or Debian's, RHEL's or SUSE's own scripts, have saved in a directory: when, on
            which machine and kernel, what happened, its signature (equal for crashes with the same cause), and the size. A
            dump that was cut off is marked. Without DIR: where the configuration says that dumps go.

            With a module's .ko, or a kernel (--vmlinux): what the code at a place was compiled from. A place is a function with
            an offset as a trace shows it (the function's size, where it is given, tells functions of one name apart), or an
            address: an offset in the module's code, or with --base, where /proc/modules says that the module lay, the
            very address from the trace. Functions that were inlined there come first. The text is shown where --source
            names a tree that has it, or what a beginning of the path stands for: --source /build/linux=/usr/src/linux.
            """,
        Examples =
        [
            new("panicle list /var/crash", """
                when              host         kernel                signature            size  what
                2026-11-21 04:25  panicle-lab  6.1.0-56-cloud-amd64  d1a4788f62801464  28.7 MB  Kernel panic - not syncing: sysrq triggered crash
                1 in /var/crash
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<KeptCrashList> JsonType => KeptCrashJson.Default.KeptCrashList;

    /// <inheritdoc/>
    protected override KeptCrashList Execute(CommandContext context, ParsedArguments arguments)
    {
        var (file, places) = CodePlaces.Sort(arguments.Operands);
        if ((arguments.Value("--vmlinux") ?? file) is { } binary)
            return FindPlaces(context, arguments, binary, places);
        if (arguments.Operands.Count > 1)
            throw new UsageException("name one directory; or a module's .ko or --vmlinux, for the source of places in it");
        var directory = arguments.Operand(0) ?? Configured();
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"there is no directory '{directory}'");
        return new KeptCrashList(directory, KeptCrashes.In(directory), null);
    }

    private static string Configured() =>
        Kdump.Failures.Of(() => EffectiveConfiguration.Read(SystemRoot.Live).Target) switch
        {
            { Kind: TargetKind.Local, Device: null } target => target.Path,
            var other => throw new CommandException($"dumps go to {other.Shown}: name a directory"),
        };

    /// <inheritdoc/>
    protected override void WriteText(KeptCrashList result, View view, TextOutput output)
    {
        if (result.Places is { } places)
        {
            for (var i = 0; i < places.Count; i++)
            {
                if (i > 0)
                    output.Line();
                places[i].WriteText(output);
            }
            return;
        }
        var table = new TextTable(Column.Left("when"), Column.Left("host"), Column.Left("kernel"), Column.Left("signature"),
            Column.Right("size"), Column.Left("what"));
        foreach (var crash in result.Crashes!)
            table.Row($"{crash.Time:yyyy-MM-dd HH:mm}", crash.Host ?? "?", crash.Kernel ?? "?", crash.Signature
                ?? "?", Sizes.Rounded(crash.Size), $"{(crash.IsComplete ? "" : "(incomplete) ")}{Shorten(crash.Title ?? "?")}");
        table.WriteTo(output);
        output.Line($"{result.Crashes!.Count} in {result.Directory}");
    }

    private static KeptCrashList FindPlaces(
        CommandContext context, ParsedArguments arguments, string path, IReadOnlyList<string> places)
    {
        if (places.Count == 0)
            throw new UsageException("FUNCTION+OFFSET | ADDRESS is missing");
        ulong? loadedAt = arguments.Value("--base") is not { } text ? null
            : Numbers.TryParseHex(text, out var address) ? address : throw new UsageException($"--base: '{text}' is no address");
        using var binary = DebugBinary.TryOpen(path, Limits.Default, out var why, StorePlaces.Indexes())
            ?? throw new DumpException($"{path}: {why}");
        if (binary.WhyNoLines is { } problem)
            context.Note(problem);
        var options = new DebugFileOptions { Sources = [.. arguments.Values("--source")] };
        var finder = new CodePlaces(binary, options, loadedAt, context);
        return new KeptCrashList(null, null, [.. places.SelectMany(finder.Find)]);
    }

    private static string Shorten(string title) => title.Length <= MostTitle ? title : $"{title[..MostTitle]}…";
}
