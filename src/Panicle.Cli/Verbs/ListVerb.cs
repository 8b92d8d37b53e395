using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Targets;

namespace Panicle.Cli.Verbs;

/// <summary>The crashes that are kept in a directory.</summary>
internal sealed record KeptCrashList(string Directory, IReadOnlyList<KeptCrash> Crashes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(KeptCrashList))]
internal sealed partial class KeptCrashJson : JsonSerializerContext;

/// <summary>list: the crashes that are kept.</summary>
internal sealed class ListVerb : Command<KeptCrashList>
{
    private const int MostTitle = 60;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("list", "the crashes that are kept in a directory")
    {
        Operands = [Operand.Optional("DIR", Completes.Files)],
        Description = """
            Lists the crashes that Panicle, or Debian's, RHEL's or SUSE's own scripts, have saved in a directory: when, on
            which machine and kernel, what happened, its signature (equal for crashes with the same cause), and the size. A
            dump that was cut off is marked. Without DIR: where the configuration says that dumps go.
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
        var target = EffectiveConfiguration.Read(SystemRoot.Live).Target;
        var directory = arguments.Operand(0) ?? (target is { Kind: TargetKind.Local, Device: null } ? target.Path : throw new CommandException($"dumps go to {target.Shown}: name a directory"));
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"there is no directory {directory}");
        return new KeptCrashList(directory, KeptCrashes.In(directory));
    }

    /// <inheritdoc/>
    protected override void WriteText(KeptCrashList result, TextOutput output)
    {
        var table = new TextTable(Column.Left("when"), Column.Left("host"), Column.Left("kernel"), Column.Left("signature"), Column.Right("size"), Column.Left("what"));
        foreach (var crash in result.Crashes)
            table.Row($"{crash.Time:yyyy-MM-dd HH:mm}", crash.Host ?? "?", crash.Kernel ?? "?", crash.Signature ?? "?", Sizes.Rounded(crash.Size), $"{(crash.IsComplete ? "" : "(incomplete) ")}{Shorten(crash.Title ?? "?")}");
        table.WriteTo(output);
        output.Line($"{result.Crashes.Count} in {result.Directory}");
    }

    private static string Shorten(string title) => title.Length <= MostTitle ? title : $"{title[..MostTitle]}…";
}
