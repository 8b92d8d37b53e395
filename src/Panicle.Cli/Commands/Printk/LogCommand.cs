using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Printk;

namespace Panicle.Cli.Commands.Printk;

internal sealed record LogResult(IReadOnlyList<LogEntry> Records);

/// <summary>
/// One record: seconds since boot, level 0 (emergency) to 7 (debug), and who logged it ("T123" a task, "C1" a CPU), where
/// the kernel keeps that. The date, with -T only, is computed from the time of boot and knows nothing of suspends in between.
/// </summary>
internal sealed record LogEntry(
    ulong Sequence, decimal Seconds, DateTime? Date, int Level, int Facility, string? Caller, string Text);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(LogResult))]
internal sealed partial class LogJson : JsonSerializerContext;

/// <summary>log: the kernel's messages.</summary>
internal sealed class LogCommand : Command<LogResult>
{
    private static readonly string[] Levels = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("log", "the kernel's messages")
    {
        Aliases = ["dmesg"],
        Options =
        [
            Option.Flag("-T", "dates instead of seconds since boot"),
            Option.Flag("-t", "no times"),
            Option.Flag("-m", "each message's level in front"),
            Option.Flag("-c", "who logged it: a task (T123) or a CPU (C1)"),
            Option.Flag("--raw", "control characters as they are, not as escapes such as \\x1b"),
            Option.Choice(
                "-l", "LEVEL", "this level and more severe: 0 to 7, or emerg alert crit err warn notice info debug", Levels) with
            {
                Synonyms = ["0", "1", "2", "3", "4", "5", "6", "7"],
            },
        ],
        Description = """
            The kernel's whole log ring, oldest message first, as dmesg shows it. A message of several lines has its
            time on each. The dates of -T are computed from the time of boot and in UTC; a machine that was suspended
            in between has them early by as long. -c is empty where the kernel doesn't keep callers
            (CONFIG_PRINTK_CALLER).
            """,
        Examples =
        [
            new("log -l crit", """
                [   12.072617] Kernel panic - not syncing: sysrq triggered crash
                """, "What was worse than an error:"),
            new("log | tail -n 2", """
                [   12.074959] R13: 0000000023dac3a0 R14: 0000000000000001 R15: 00007fffb37adc00
                [   12.074959]  </TASK>
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<LogResult> JsonType => LogJson.Default.LogResult;

    /// <inheritdoc/>
    protected override LogResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var worst = arguments.Value("-l") is { } level ? LevelOf(level) : Levels.Length - 1;
        var boot = arguments.Has("-T")
            ? context.Losses.Try("time of boot", () => kernel.Time.CrashedAt - kernel.Time.Uptime)
            : null;
        var log = kernel.Log;
        context.Losses.Add(log.Losses);
        return new LogResult([.. log.Records.Where(r => r.Level <= worst).Select(r => EntryOf(r, boot))]);
    }

    /// <inheritdoc/>
    protected override void WriteText(LogResult result, View view, TextOutput output)
    {
        foreach (var record in result.Records)
        {
            var prefix = Prefix(record, view);
            foreach (var line in record.Text.Split('\n'))
            {
                output.Write(prefix);
                if (!view.Has("--raw"))
                {
                    output.Line(line);
                    continue;
                }
                output.Raw(line);
                output.Line();
            }
        }
    }

    private static int LevelOf(string text)
    {
        var index = Array.IndexOf(Levels, text);
        return index >= 0 ? index : Numbers.Count(text, "-l");
    }

    private static LogEntry EntryOf(LogRecord record, DateTime? boot) => new(
        record.Sequence, record.Nanoseconds / 1_000_000_000m, boot?.AddTicks((long)(record.Nanoseconds / 100)), record.Level,
        record.Facility, record.CallerName, record.Text);

    private static string Prefix(LogEntry record, View view)
    {
        var prefix = view.Has("-m") ? $"<{record.Level}>" : "";
        if (!view.Has("-t"))
            prefix += record.Date is { } date
                ? $"[{date:ddd MMM} {date.Day,2} {date:HH:mm:ss} UTC {date:yyyy}]"
                : $"[{decimal.Truncate(record.Seconds * 1_000_000) / 1_000_000,12:0.000000}]";
        if (view.Has("-c") && record.Caller is not null)
            prefix += $"[{record.Caller,6}]";
        return prefix.Length > 0 && prefix[^1] == ']' ? prefix + " " : prefix;
    }
}
