using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Debuginfo.Finding;
using Panicle.Debuginfo.Http;
using Panicle.Dumps;
using Panicle.Formats.Json;
using Panicle.Symbols;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>What was fetched. Paths are null for what nobody has.</summary>
internal sealed record SymbolsFetched(string Store, IReadOnlyList<SymbolsFetchedFile> Files, int Added, int Known);

/// <summary>A file that was wanted.</summary>
internal sealed record SymbolsFetchedFile(string Name, string? BuildId, string? Path);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymbolsFetched))]
internal sealed partial class SymbolsFetchJson : JsonSerializerContext;

/// <summary>symbols fetch: gets what a dump, a release or a build ID needs.</summary>
internal sealed class FetchVerb : Command<SymbolsFetched>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("symbols fetch", "get the symbols for a dump, a kernel release or a build ID")
    {
        Options =
        [
            Stores.Option,
            Option.Value("--from", "URLS", "debuginfod servers to ask (default: DEBUGINFOD_URLS)"),
            Option.Value("--section", "NAME", "only this section's bytes, into debuginfod's cache"),
            Option.Value(
                "--output", "FILE",
                "write the file (of one build ID, or the dump's vmlinux) here too, plain, for tools such as crash",
                Completes.Files),
            Option.Flag("--no-modules", "of a dump or a release, only the kernel"),
        ],
        Operands = [Operand.Some("DUMP | RELEASE | BUILD-ID", Completes.Files)],
        Finding = "something that was wanted is nowhere",
        Description = """
            Looks for the vmlinux and the modules of a dump, or of a kernel that is installed here, or for one build ID: in the
            store, where distributions install them, in debuginfod's cache, and on debuginfod servers where these are named. What
            was found goes into the store. Nothing is sent anywhere without --from or DEBUGINFOD_URLS.
            """,
        Examples =
        [
            new("panicle symbols fetch /var/crash/202611211107/dump.202611211107 --from http://symbols.example:8002", """
                vmlinux 3b43fad5034874490492495d552c0af6a5fab235: /root/.cache/debuginfod_client/3b43fad5034874490492495d552c0af6a5fab235/debuginfo
                crashme e46e736044b49eaa6ceb0adbf401985390d1333c: found nowhere
                /var/lib/panicle/symbols: 10 of 11 found, 10 added, 0 there already
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymbolsFetched> JsonType => SymbolsFetchJson.Default.SymbolsFetched;

    /// <inheritdoc/>
    protected override SymbolsFetched Execute(CommandContext context, ParsedArguments arguments)
    {
        var store = Stores.From(arguments);
        var client = Client(arguments, context.Cancellation);
        var options = DebugFileOptions.FromEnvironment() with { Stores = [store.Root], Debuginfod = client };
        var finder = new DebugFileFinder(options);
        var wanted = arguments.Operands.SelectMany(word => Wanted(word, options, context, !arguments.Has("--no-modules")))
            .Distinct().ToList();
        if (arguments.Value("--section") is { } section)
            return Section(store.Root, section, wanted, client);
        var files = wanted.ConvertAll(binary =>
            new SymbolsFetchedFile(binary.Name, binary.BuildId, finder.FindDebugInfo(binary)));
        var paths = files.Select(file => file.Path).OfType<string>().Distinct().ToList();
        var added = store.Add(paths, null, context.Cancellation);
        if (arguments.Value("--output") is { } output)
            Write(files, output);
        foreach (var note in finder.Notes)
            context.Note(note);
        return new SymbolsFetched(store.Root, files, added.Debuginfo + added.Executables, added.Known);
    }

    /// <inheritdoc/>
    protected override void WriteText(SymbolsFetched result, View view, TextOutput output)
    {
        foreach (var file in result.Files.Where(file =>
            file.Path is not null && (result.Files.Count <= 5 || file.Name == KernelBinary.Vmlinux)))
            output.Line($"{file.Name} {file.BuildId}: {file.Path}");
        var missing = result.Files.Where(file => file.Path is null).ToList();
        foreach (var file in missing.Take(20))
            output.Line($"{file.Name} {file.BuildId ?? "(build ID unknown)"}: found nowhere");
        if (missing.Count > 20)
            output.Line($"and {missing.Count - 20} more that were found nowhere");
        output.Line(
            $"{result.Store}: {result.Files.Count - missing.Count} of {result.Files.Count} found, "
                + $"{result.Added} added, {result.Known} there already");
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(SymbolsFetched result, View view) =>
        result.Files.Any(file => file.Path is null) ? ExitCode.Finding : ExitCode.Done;

    private static DebuginfodClient? Client(ParsedArguments arguments, CancellationToken cancellation)
    {
        var settings = arguments.Value("--from") is { } urls
            ? DebuginfodSettings.With(urls) ?? throw new UsageException($"--from {urls}: an http or https address")
            : DebuginfodSettings.FromEnvironment();
        return settings is null ? null : new DebuginfodClient(settings, Rendering.DownloadLine.Show, () => cancellation);
    }

    private static IEnumerable<KernelBinary> Wanted(
        string word, DebugFileOptions options, CommandContext context, bool withModules)
    {
        if (BuildIdTree.IsBuildId(word.ToLowerInvariant()))
            return [new KernelBinary("file", word.ToLowerInvariant(), null)];
        if (!File.Exists(word))
            return InstalledKernel.Binaries(options.System, word, withModules) is { Count: > 0 } installed
                ? installed
                : throw new DumpException($"'{word}' is no file, no build ID, and no kernel that is installed here");
        context.Session.Open([word]);
        var kernel = context.Session.Kernel;
        return withModules ? [kernel.Binary, .. kernel.Modules.All.Select(module => module.Binary)] : [kernel.Binary];
    }

    private static SymbolsFetched Section(string store, string name, List<KernelBinary> wanted, DebuginfodClient? client) =>
        new(
            store, wanted.ConvertAll(binary => new SymbolsFetchedFile(
                binary.Name, binary.BuildId, binary.BuildId is null ? null : client?.FindSection(binary.BuildId, name))), 0, 0);

    private static void Write(List<SymbolsFetchedFile> files, string output)
    {
        if (files[0].Path is not { } path)
            throw new CommandException($"{files[0].BuildId} was found nowhere; nothing was written to {output}");
        PlainFile.Write(path, output);
    }
}
