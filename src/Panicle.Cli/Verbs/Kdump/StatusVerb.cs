using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump.Readiness;

namespace Panicle.Cli.Verbs.Kdump;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class StatusJson : JsonSerializerContext;

/// <summary>kdump status: whether a crash now would be captured.</summary>
internal sealed class StatusVerb : Command<ReadinessReport>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump status", "whether a crash now would be captured, and everything that this depends on")
    {
        SchemaVersion = 2,
        Options = [Roots.Option],
        Finding = "a crash now would not be captured, or that could not be checked",
        Description = """
            Looks at the reserved memory, the capture kernel with its image and initramfs, the target and its room, the
            configuration, the capture kernel's command line, the kernel's options, the settings that make a kernel panic,
            Secure Boot and lockdown, and what else acts on a panic. Each line says what was found, what it means, and how to
            mend it. "!!" marks what prevents a capture, "! " what makes it worse, "- " what is worth knowing, and "? " what
            could not be checked: with such a line no promise is made.
            """,
        Examples =
        [
            new("panicle kdump status", """
                   reserved memory  192 MB (crashkernel=192M); a capture here is estimated to need 149 MB
                !! capture kernel   not loaded
                                    a crash now leaves nothing behind
                                    => panicle kdump load
                   image            /boot/vmlinuz-6.12.117+deb12-cloud-amd64
                !  initramfs        /var/lib/panicle/capture.img isn't there
                                    panicle kdump load builds it
                                    => panicle kdump initramfs
                   target           /var/crash, 1216 MB free; a dump now is estimated at up to 80 MB
                   configuration    none; the defaults hold
                ...
                A crash now would NOT be captured.
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ReadinessReport> JsonType => StatusJson.Default.ReadinessReport;

    /// <inheritdoc/>
    protected override ReadinessReport Execute(CommandContext context, ParsedArguments arguments) =>
        ReadinessReport.Of(Roots.From(arguments));

    /// <inheritdoc/>
    protected override void WriteText(ReadinessReport result, View view, TextOutput output)
    {
        var width = result.Results.Max(line => line.Name.Length);
        foreach (var line in result.Results)
        {
            output.Line($"{Mark(line.State)} {line.Name.PadRight(width)}  {line.Found}");
            if (line.Meaning.Length > 0)
                output.Line($"   {"".PadRight(width)}  {line.Meaning}");
            if (line.Remedy.Length > 0)
                output.Line($"   {"".PadRight(width)}  => {line.Remedy}");
        }
        output.Line(Verdict(result));
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(ReadinessReport result, View view) =>
        result.IsReady == true ? ExitCode.Done : ExitCode.Finding;

    /// <summary>What it comes to, in a sentence.</summary>
    internal static string Verdict(ReadinessReport report)
    {
        var open = report.Results.Where(line => line.State == CheckState.Unknown).Select(line => line.Name).Distinct();
        return report.IsReady switch
        {
            true => "A crash now would be captured.",
            false => "A crash now would NOT be captured.",
            null => "Nothing was found that prevents a capture, but whether a crash now would be captured isn't known: "
                + $"{string.Join(", ", open)}.",
        };
    }

    internal static string Mark(CheckState state) => state switch
    {
        CheckState.Good => "  ",
        CheckState.Note => "- ",
        CheckState.Warning => "! ",
        CheckState.Bad => "!!",
        _ => "? ",
    };
}
