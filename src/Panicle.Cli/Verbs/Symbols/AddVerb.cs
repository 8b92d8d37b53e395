using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>What was added. Sizes in bytes.</summary>
internal sealed record SymbolsAdded(
    string Store, IReadOnlyList<string> Releases, int Debuginfo, int Executables, int Known, int LeftOut, long Original,
    long Stored, double Seconds, IReadOnlyList<string> Problems);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymbolsAdded))]
internal sealed partial class SymbolsAddJson : JsonSerializerContext;

/// <summary>symbols add: puts symbols into the store.</summary>
internal sealed class AddVerb : Command<SymbolsAdded>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("symbols add", "put symbols into the store: files, packages, folders")
    {
        Options = [Stores.Option],
        Operands = [Operand.Some("FILE | DIR", Completes.Files)],
        Finding = "something could not be read",
        Description = """
            Takes vmlinux files, modules (.ko, .ko.debug, .ko.xz, .ko.zst), any other program's separate debug file, kernel
            images (vmlinuz), packages (.deb, .ddeb, .rpm), archives (.tar, .cpio, compressed or not), and folders of these.
            What they are is told by their content.

            The store keeps each build once, found by its build ID, and of each file what analysis needs: debug sections
            compressed with zstd, no relocations that the linker has applied already, zeros as holes. What it keeps are still
            ELF files, in a tree (.build-id/xx/yyyy.debug) that gdb, binutils and drgn can use as it is.
            """,
        Examples =
        [
            new("panicle symbols add linux-image-6.1.0-56-cloud-amd64-dbg_6.1.192-2_amd64.deb", """
                /var/lib/panicle/symbols: 1123 files with DWARF and 0 without added in 30.4 s: 1.7 GB are 507.3 MB now (30 %)
                for 6.1.0-56-cloud-amd64
                """, "A distribution's debug package."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymbolsAdded> JsonType => SymbolsAddJson.Default.SymbolsAdded;

    /// <inheritdoc/>
    protected override SymbolsAdded Execute(CommandContext context, ParsedArguments arguments)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var store = Stores.From(arguments);
        var added = store.Add(arguments.Operands, path => Say(arguments, path), context.Cancellation);
        foreach (var problem in added.Problems)
            context.Note(problem);
        return new SymbolsAdded(store.Root, [.. added.Releases], added.Debuginfo, added.Executables, added.Known, added.LeftOut,
            added.Original, added.Stored, Math.Round(clock.Elapsed.TotalSeconds, 1), added.Problems);
    }

    /// <inheritdoc/>
    protected override void WriteText(SymbolsAdded result, View view, TextOutput output)
    {
        var saved = result.Original == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $": {Sizes.Rounded((ulong)result.Original)} are {Sizes.Rounded((ulong)result.Stored)} now "
                + $"({100.0 * result.Stored / result.Original:f0} %)");
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Store}: {result.Debuginfo} files with DWARF and {result.Executables} without "
                + $"added in {result.Seconds:f1} s{saved}"));
        if (result.Releases.Count > 0)
            output.Line($"for {string.Join(", ", result.Releases)}");
        if (result.Known > 0)
            output.Line($"{result.Known} were there already");
        if (result.LeftOut > 0)
            output.Line($"{result.LeftOut} left out: without a build ID, or without DWARF and no part of a kernel");
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(SymbolsAdded result, View view) =>
        result.Problems.Count > 0 ? ExitCode.Finding : ExitCode.Done;

    private static void Say(ParsedArguments arguments, string path)
    {
        if (!arguments.Json && !Console.IsErrorRedirected)
            Console.Error.WriteLine($"symbols add: {path}");
    }
}
