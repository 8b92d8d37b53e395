using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Sched;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Reports;

namespace Panicle.Cli.Commands;

/// <summary>
/// What the machine was and how it died. A value that can't be had is null, and a note says why.
/// Cpus counts those that ran, and OfflineCpus the others that were plugged in.
/// Memory in bytes, megahertz the processors' nominal clock.
/// </summary>
internal sealed record SysResult
{
    public string? Vmlinux { get; init; }

    public required IReadOnlyList<string> DumpFiles { get; init; }

    public required string Format { get; init; }

    public int? FilterLevel { get; init; }

    public bool IsPartial { get; init; }

    public bool IsIncomplete { get; init; }

    public int? Cpus { get; init; }

    public int? OfflineCpus { get; init; }

    public DateTime? Date { get; init; }

    public double? UptimeSeconds { get; init; }

    public IReadOnlyList<double>? LoadAverage { get; init; }

    public int? Tasks { get; init; }

    public string? Node { get; init; }

    public string? Release { get; init; }

    public string? Version { get; init; }

    public string? Machine { get; init; }

    public uint? Megahertz { get; init; }

    public ulong? Memory { get; init; }

    /// <summary>Null where that can't be told.</summary>
    public bool? HasPanicked { get; init; }

    public string? Panic { get; init; }

    public TaskSummary? Task { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SysResult))]
internal sealed partial class SysJson : JsonSerializerContext;

/// <summary>sys: the header of the crash.</summary>
internal sealed class SysCommand : Command<SysResult>
{
    private const string Unknown = "(unknown)";

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("sys", "the machine, the dump and the panic")
    {
        SchemaVersion = 3,
        Description = """
            The header of the crash, as it is shown when the shell starts. KERNEL is the vmlinux, or "(from the dump)"
            where types, names and unwind rules come from the dump itself. DUMPFILE tells the dump's format, and in
            brackets what it lacks: PARTIAL DUMP with the level it was filtered at (bits: 1 zero pages, 2 cache,
            4 private cache, 8 user memory, 16 free pages), INCOMPLETE where the file was cut short. CPUS are those that were
            plugged in, and in brackets how many of them were offline. MEMORY is what the kernel managed.
            The lines from PID on are those of the current task ('set').
            """,
        Examples =
        [
            new("sys", """
                      KERNEL: (from the dump)
                    DUMPFILE: 6.1-sysrq.zstd.kdump  (kdump-compressed v6, zstd)  [PARTIAL DUMP, level 31]
                        CPUS: 2
                        DATE: Sat Nov 21 00:16:43 UTC 2026
                      UPTIME: 00:00:12
                LOAD AVERAGE: 0.30, 0.07, 0.02
                       TASKS: 59
                    NODENAME: (none)
                     RELEASE: 6.1.0-56-cloud-amd64
                     VERSION: #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
                     MACHINE: x86_64  (2793 Mhz)
                      MEMORY: 780 MB
                       PANIC: "Kernel panic - not syncing: sysrq triggered crash"
                         PID: 1
                     COMMAND: "init"
                        TASK: ff2e6e85811f4180  [THREAD_INFO: ff2e6e85811f4180]
                         CPU: 0
                       STATE: TASK_RUNNING (PANIC)
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SysResult> JsonType => SysJson.Default.SysResult;

    /// <inheritdoc/>
    protected override SysResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var header = kernel.Dump.Header;
        foreach (var problem in kernel.Dump.Problems)
            context.Note(problem);
        var names = context.Losses.Try("kernel's name", () => kernel.System.Utsname) ?? header.Utsname;
        return new SysResult
        {
            Vmlinux = context.Session.Vmlinux,
            DumpFiles = kernel.Dump.Paths,
            Format = header.Format,
            FilterLevel = header.FilterLevel,
            IsPartial = header.IsPartial,
            IsIncomplete = header.IsIncomplete,
            Cpus = context.Losses.Try("CPUs", () => kernel.Cpus.Online.Count),
            OfflineCpus = context.Losses.Try("CPUs", () => kernel.Cpus.Offline?.Count),
            Date = context.Losses.Try("date", () => kernel.Time.CrashedAt),
            UptimeSeconds = context.Losses.Try("uptime", () => kernel.Time.Uptime.TotalSeconds),
            LoadAverage = context.Losses.Try("load average", () => kernel.System.LoadAverage),
            Tasks = context.Losses.Try("tasks", () => kernel.Tasks.All.Count),
            Node = names?.Node,
            Release = names?.Release ?? kernel.Info.Release,
            Version = names?.Version,
            Machine = names?.Machine,
            Megahertz = context.Losses.Try("processors' clock", () => kernel.System.ProcessorMegahertz),
            Memory = context.Losses.Try("memory", () => kernel.System.TotalMemory),
            HasPanicked = context.Losses.Try("whether it panicked", () => kernel.Crash)?.HasPanicked,
            Panic = context.Losses.Try("panic message", () => PanicOf(kernel)),
            Task = TaskSummary.OfCurrent(context),
        };
    }

    /// <inheritdoc/>
    protected override void WriteText(SysResult result, View view, TextOutput output)
    {
        Line("KERNEL", result.Vmlinux ?? "(from the dump)");
        foreach (var path in result.DumpFiles)
            Line("DUMPFILE", $"{path}  ({result.Format}){Lacks(result)}");
        Line("CPUS", CpusOf(result));
        Line("DATE", result.Date is { } date ? UnixDate(date) : null);
        Line("UPTIME", result.UptimeSeconds is { } uptime ? Duration(TimeSpan.FromSeconds(uptime)) : null);
        Line("LOAD AVERAGE", result.LoadAverage is { } load ? string.Join(", ", load.Select(l => l.ToString("f2"))) : null);
        Line("TASKS", result.Tasks?.ToString());
        Line("NODENAME", result.Node);
        Line("RELEASE", result.Release);
        Line("VERSION", result.Version);
        Line("MACHINE", result.Megahertz is { } clock ? $"{result.Machine}  ({clock} Mhz)" : result.Machine);
        Line("MEMORY", result.Memory is { } memory ? Sizes.Rounded(memory) : null);
        var doubt = result.HasPanicked is null ? "  (it isn't known whether the machine panicked)" : "";
        Line("PANIC", result.Panic is { } panic ? $"\"{panic}\"{doubt}"
            : result.HasPanicked == false ? "(none: the machine had not panicked)" : null);
        result.Task?.WriteTo(output, 12);

        void Line(string label, string? value) => output.Line($"{label,12}: {value ?? Unknown}");
    }

    // All that were plugged in, as crash counts them.
    private static string? CpusOf(SysResult result) =>
        result is { OfflineCpus: > 0 } ? $"{result.Cpus + result.OfflineCpus}  [OFFLINE: {result.OfflineCpus}]"
            : result.Cpus?.ToString();

    // What a running machine complained of is no panic.
    private static string? PanicOf(KernelDump kernel) => kernel.Crash.HasPanicked == false ? null : CrashLog.Of(kernel).Message;

    private static string Lacks(SysResult result)
    {
        List<string> lacks = [];
        if (result.IsPartial)
            lacks.Add(result.FilterLevel is { } level ? $"PARTIAL DUMP, level {level}" : "PARTIAL DUMP");
        if (result.IsIncomplete)
            lacks.Add("INCOMPLETE");
        return lacks.Count == 0 ? "" : $"  [{string.Join(", ", lacks)}]";
    }

    private static string UnixDate(DateTime date) => $"{date:ddd MMM} {date.Day,2} {date:HH:mm:ss} UTC {date:yyyy}";

    private static string Duration(TimeSpan time) =>
        time.Days > 0 ? $"{time.Days} days, {time:hh\\:mm\\:ss}" : $"{time:hh\\:mm\\:ss}";
}
