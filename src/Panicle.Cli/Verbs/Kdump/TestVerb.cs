using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Readiness;
using Panicle.Kdump.Retention;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>What a test came to.</summary>
/// <param name="Status">The machine's readiness, where it was looked at.</param>
/// <param name="Message">What was done or found.</param>
/// <param name="IsGood">Whether that is what one hopes for.</param>
/// <param name="Dump">The dump that arrived, or null.</param>
internal sealed record TestResult(ReadinessReport? Status, string Message, bool IsGood, string? Dump);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(TestResult))]
internal sealed partial class TestJson : JsonSerializerContext;

/// <summary>kdump test: crashes the machine to prove that it captures.</summary>
internal sealed class TestVerb : Command<TestResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump test", "crashes this machine to prove that it captures; after the reboot, looks for the dump")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Flag("--dry-run", "do everything but crash"),
            Option.Flag("--verify", "after the reboot: look for the dump, and record the proof"),
            Consent.Option,
        ],
        Finding = "the machine isn't ready, or no whole dump arrived",
        Description = """
            Builds the initramfs, loads the capture kernel, checks everything that 'kdump status' checks, asks, and crashes the
            machine (sysrq c). Every program on it dies and the machine restarts. After the reboot --verify, which the unit of
            'kdump setup' runs, looks for the dump, opens it, and records that this machine captures.
            """,
        Examples =
        [
            new("panicle kdump test --dry-run", """
                !  sysctl: kernel.panic_on_oops = 0
                Everything is ready; a test would crash the machine now.
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<TestResult> JsonType => TestJson.Default.TestResult;

    /// <inheritdoc/>
    protected override TestResult Execute(CommandContext context, ParsedArguments arguments) =>
        Failures.Of(() => arguments.Has("--verify") ? Verify() : Crash(arguments));

    private static TestResult Verify() => PendingTest.Verify(SystemRoot.Live) is { } found
        ? new TestResult(null, found.Message, found.Proof is not null, found.Proof?.Dump)
        : new TestResult(null, "no test was begun", true, null);

    private static TestResult Crash(ParsedArguments arguments)
    {
        var root = SystemRoot.Live;
        var isDryRun = arguments.Has("--dry-run");
        InitramfsVerb.Build(root, new ParsedArguments(new InitramfsVerb().Info, []));
        CaptureLoading.Load(isDryRun: false, withoutBuild: true);
        var status = ReadinessReport.Of(root);
        // What could not be checked is what a test is for.
        if (status.IsReady == false || isDryRun)
        {
            var verdict = status.IsReady switch
            {
                true => "Everything is ready; a test would crash the machine now.",
                false => "The machine isn't ready; it was not crashed.",
                null => $"{StatusVerb.Verdict(status)} A test would crash the machine now, and show it.",
            };
            return new TestResult(status, verdict, status.IsReady != false, null);
        }
        Consent.Ask(arguments, "This CRASHES the machine now: every program on it dies, what isn't saved is lost.", "crash");
        PendingTest.Begin(root);
        File.WriteAllText("/proc/sys/kernel/sysrq", "1");
        File.WriteAllText("/proc/sysrq-trigger", "s");
        Thread.Sleep(TimeSpan.FromSeconds(1));
        File.WriteAllText("/proc/sysrq-trigger", "c");
        return new TestResult(status, "the kernel didn't crash", false, null);
    }

    /// <inheritdoc/>
    protected override void WriteText(TestResult result, View view, TextOutput output)
    {
        foreach (var line in result.Status?.Results
            .Where(line => line.State is CheckState.Bad or CheckState.Warning or CheckState.Unknown) ?? [])
            output.Line($"{StatusVerb.Mark(line.State)} {line.Name}: {line.Found}");
        output.Line(result.Message);
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(TestResult result, View view) => result.IsGood ? ExitCode.Done : ExitCode.Finding;
}
