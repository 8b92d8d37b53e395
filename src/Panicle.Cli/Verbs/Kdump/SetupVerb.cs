using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Setup;

namespace Panicle.Cli.Verbs.Kdump;

internal sealed record SetupReport(IReadOnlyList<SetupResult> Steps, IReadOnlyList<string> Notes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SetupReport))]
internal sealed partial class SetupJson : JsonSerializerContext;

/// <summary>kdump setup: makes the machine capture its crashes.</summary>
internal sealed class SetupVerb : Command<SetupReport>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("kdump setup", "makes this machine capture its crashes")
    {
        Options =
        [
            Option.Flag("--undo", "take everything back"),
            Option.Flag("--dry-run", "say what would be done"),
            Consent.Option,
            Roots.Option,
        ],
        SchemaVersion = 2,
        Finding = "a step failed, or is left to a person",
        Description = """
            Reserves memory (in /etc/default/grub.d with update-grub, with grubby, or with update-bootloader, whichever the
            system has), builds the capture initramfs, and enables a systemd unit that loads the capture kernel at boot. What
            is so already is left as it is, a reservation that a capture fits into too, unless crashkernel is set in the
            configuration, and a record of the rest is kept in /var/lib/panicle/setup. --undo takes back what stands there, a
            reservation to what it was before, and leaves what somebody has changed since. In a tree that isn't the running
            system (--root) no program is run: what is to be run there is told. It asks first, unless --yes is given.
            """,
        Examples =
        [
            new("panicle kdump setup --dry-run", """
                would    reserve memory (crashkernel=208M): /etc/default/grub.d/zz-panicle.cfg
                would    build the capture initramfs: /var/lib/panicle/capture.img
                would    load the capture kernel at boot: /etc/systemd/system/panicle-kdump.service
                would    enable that: /etc/systemd/system/multi-user.target.wants/panicle-kdump.service
                note: the memory is reserved at the next boot
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SetupReport> JsonType => SetupJson.Default.SetupReport;

    /// <inheritdoc/>
    protected override SetupReport Execute(CommandContext context, ParsedArguments arguments) => Failures.Of(() =>
    {
        var root = Roots.From(arguments);
        var isDryRun = arguments.Has("--dry-run");
        var isUndo = arguments.Has("--undo");
        var plan = isUndo ? null : SetupPlan.Of(root, Environment.ProcessPath ?? "/usr/bin/panicle", PanicleProgram.Find());
        if (!isDryRun)
        {
            var what = isUndo
                ? "This takes back what setup did."
                : "This changes the boot loader's configuration and enables a service (--dry-run shows how).";
            Consent.Ask(arguments, what, "yes");
        }
        if (plan is not null)
            return new SetupReport(plan.Run(isDryRun), plan.Notes);
        var (steps, notes) = SetupUndo.Run(root, isDryRun);
        return new SetupReport(steps, notes);
    });

    /// <inheritdoc/>
    protected override void WriteText(SetupReport result, View view, TextOutput output)
    {
        foreach (var step in result.Steps)
        {
            output.Line($"{Word(step.Outcome),-9}{step.Description}");
            if (step.Error is not null)
                output.Line($"         {step.Error}");
        }
        foreach (var note in result.Notes)
            output.Line($"note: {note}");
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(SetupReport result, View view) =>
        result.Steps.Any(step => step.Outcome is SetupOutcome.Failed or SetupOutcome.NotRun or SetupOutcome.Skipped)
            ? ExitCode.Finding : ExitCode.Done;

    private static string Word(SetupOutcome outcome) => outcome switch
    {
        SetupOutcome.Already => "already",
        SetupOutcome.Done => "done",
        SetupOutcome.WouldDo => "would",
        SetupOutcome.NotRun => "not run",
        SetupOutcome.Skipped => "skipped",
        _ => "FAILED",
    };
}
