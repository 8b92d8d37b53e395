using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Files;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>The configuration that counts.</summary>
/// <param name="Files">The files that it came from.</param>
/// <param name="Settings">Every key; passwords left out.</param>
/// <param name="Remarks">What is wrong.</param>
/// <param name="Written">What import wrote, or would write, passwords left out; null for the other forms.</param>
internal sealed record ConfigResult(
    IReadOnlyList<string> Files, IReadOnlyList<ConfigSetting> Settings, IReadOnlyList<ConfigRemark> Remarks, string? Written);

/// <param name="Key">The key.</param>
/// <param name="Value">What it is set to; null if nothing tells.</param>
/// <param name="WhyUnknown">Why nothing tells; null if it is known.</param>
/// <param name="Origin">Where it stands ("FILE:LINE" or "default").</param>
/// <param name="Help">What it is for.</param>
internal sealed record ConfigSetting(string Key, string? Value, string? WhyUnknown, string Origin, string Help);

/// <summary>Something wrong, and where it stands.</summary>
internal sealed record ConfigRemark(string Origin, string Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ConfigResult))]
internal sealed partial class ConfigJson : JsonSerializerContext;

/// <summary>kdump config: the configuration that counts, with its origins.</summary>
internal sealed class ConfigVerb : Command<ConfigResult>
{
    private const string OwnPath = "/etc/panicle.conf";

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump config", "the configuration that counts, where it comes from, and what is wrong with it")
    {
        SchemaVersion = 2,
        Operands = [Operand.Choice("import", "check") with { IsRequired = false }],
        Options =
        [
            Option.Flag("--dry-run", "import: print the file instead of writing it"),
            Option.Flag("--yes", "import: replace an /etc/panicle.conf that is there"),
            Roots.Option,
        ],
        Finding = "check finds something wrong, or import --dry-run what import would refuse",
        Description = """
            Panicle reads /etc/panicle.conf; where there is none, what the distribution's own kdump was told:
            /etc/default/kdump-tools (Debian, Ubuntu), /etc/kdump.conf with /etc/sysconfig/kdump (RHEL, Fedora), or
            /etc/sysconfig/kdump (SUSE). Without an operand every key is shown with its value and the file and line that it
            stands in.

            import   writes /etc/panicle.conf from those files
            check    says what is wrong in each file, with line numbers: typos, contradictions, what means nothing to Panicle
            """,
        Examples =
        [
            new("panicle kdump config check", """
                ! /etc/kdump.conf:2: kdump.conf knows no core_colector; did you mean core_collector?
                ! /etc/kdump.conf:4: ssh: there is a target in line 3 already; kdumpctl takes only one
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ConfigResult> JsonType => ConfigJson.Default.ConfigResult;

    /// <inheritdoc/>
    protected override ConfigResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var root = Roots.From(arguments);
        var configuration = EffectiveConfiguration.Read(root);
        return arguments.Operand(0) switch
        {
            null => Result(configuration, null),
            "check" => Check(root, configuration),
            _ => Failures.Of(() => Import(root, arguments)),
        };
    }

    private static ConfigResult Check(SystemRoot root, EffectiveConfiguration configuration)
    {
        var result = Result(configuration, null);
        return result with { Remarks = [.. result.Remarks, .. configuration.OutOfReach(root).Select(Shown)] };
    }

    private static ConfigRemark Shown(Remark remark) => new(remark.Origin.ToString(), remark.Message);

    private static ConfigResult Import(SystemRoot root, ParsedArguments arguments)
    {
        var imported = EffectiveConfiguration.Import(root);
        if (imported.Files.Count == 0)
            throw new CommandException(
                "there is neither /etc/default/kdump-tools nor /etc/kdump.conf nor /etc/sysconfig/kdump to import");
        var refusal = imported.Unknown.FirstOrDefault() is { } unknown
            ? new ConfigRemark(unknown.Origin.ToString(), $"nothing tells what {unknown.Key} is: {unknown.WhyUnknown}; "
                + $"nothing {(arguments.Has("--dry-run") ? "would be" : "was")} written: set it in {OwnPath} by hand, "
                + "or put a plain value there first")
            : null;
        if (!arguments.Has("--dry-run"))
        {
            if (refusal is not null)
                throw new CommandException($"{refusal.Origin}: {refusal.Message}");
            if (root.ReadWhole(OwnPath) is not (null, null) && !arguments.Has("--yes"))
                throw new CommandException($"{OwnPath} is there already; --yes replaces it, --dry-run shows with what");
            OutputFile.Replace(root.PathOf(OwnPath), imported.Write());
        }
        var result = Result(imported, imported.WriteShown());
        return refusal is null ? result : result with { Remarks = [.. result.Remarks, refusal] };
    }

    private static ConfigResult Result(EffectiveConfiguration configuration, string? written) => new(
        [.. configuration.Files.Select(file => file.Path)],
        [.. configuration.Settings.Select(setting => new ConfigSetting(
            setting.Key, setting.WhyUnknown is null ? setting.Shown : null, setting.WhyUnknown, setting.Origin.ToString(),
            SettingKey.Find(setting.Key)!.Help))],
        [.. configuration.Files.SelectMany(file => file.Remarks).Concat(configuration.Contradictions()).Select(Shown)],
        written);

    /// <inheritdoc/>
    protected override void WriteText(ConfigResult result, View view, TextOutput output)
    {
        if (result.Written is { } text)
            output.Lines(text);
        else if (!IsCheck(view))
        {
            var table = new TextTable(Column.Left("key"), Column.Left("value"), Column.Left("from"), Column.Left(""));
            foreach (var setting in result.Settings)
                table.Row(setting.Key, setting.Value ?? "not known", setting.Origin, setting.Help);
            table.WriteTo(output);
        }
        foreach (var remark in result.Remarks)
            output.Line($"! {remark.Origin}: {remark.Message}");
        if (IsCheck(view) && result.Remarks.Count == 0)
            output.Line(result.Files.Count == 0 ? "There is no file of configuration; the defaults hold."
                : $"{string.Join(", ", result.Files)}: {Verdict(result)}");
    }

    // A server's word is nothing that a file could be checked for.
    private static string Verdict(ConfigResult result)
    {
        var servers = result.Settings.Where(setting => setting.Key is "target" or "fallback"
            && setting.Value?.Contains("://", StringComparison.Ordinal) == true).Select(setting => setting.Value);
        return string.Join(" and ", servers) is { Length: > 0 } all
            ? $"nothing is wrong in what is written; whether {all} takes dumps was not tried (panicle kdump test)."
            : "nothing is wrong.";
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(ConfigResult result, View view) =>
        (IsCheck(view) && result.Remarks.Count > 0)
        || (result.Written is not null && result.Settings.Any(setting => setting.WhyUnknown is not null))
            ? ExitCode.Finding : ExitCode.Done;

    private static bool IsCheck(View view) => view.Arguments.Operand(0) == "check";
}
