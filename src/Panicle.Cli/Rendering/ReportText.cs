using System.Globalization;
using Panicle.Reports;
using Panicle.Reports.Sections;
using Panicle.Symbols;

namespace Panicle.Cli.Rendering;

/// <summary>A report as text for a terminal or an e-mail.</summary>
internal static class ReportText
{
    private const int LogLines = 30;
    private const int FramesOfOthers = 8;

    public static void Write(CrashReport report, TextOutput output)
    {
        output.Line(report.Title);
        output.Line(new string('=', Math.Min(report.Title.Length, output.Width)));
        WriteFacts(report, output);
        if (report.Findings.Count > 0)
        {
            Heading("Findings", output);
            FindingsText.Write(report.Findings, withCommands: false, output);
        }
        if (report.Stack is { } stack)
            WriteCrashStack(stack, output);
        if (report.Event is { } found)
        {
            Heading("Registers, traces and code", output);
            OopsText.WriteBody(found, output);
        }
        WriteCode(report.Code, output);
        WriteOthers(report, output);
        WriteBlocked(report.Blocked, output);
        WriteMemory(report.Memory, output);
        WriteTaint(report.Taint, output);
        WriteLog(report.Log, output);
        WriteUnread(report.Unread, output);
    }

    private static void WriteFacts(CrashReport report, TextOutput output)
    {
        var machine = report.Machine;
        Fact("where", report.Cause?.Place is { } place
            ? place.Place + (place.Location is { } location ? $" ({location})" : "")
            : null);
        Fact("error code", report.Cause?.ErrorCode is { } code ? $"0x{code:x4}: {report.Cause.ErrorCodeMeaning}" : null);
        Fact("running", report.Stack is { } stack ? $"PID {stack.Pid} \"{stack.Command}\" on CPU {stack.Cpu}" : null);
        Fact("response", report.Response is { } response ? ResponseOf(response) : null);
        Fact("when", machine?.CrashedAt is { } at
            ? $"{at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, after {Uptime(machine.UptimeSeconds)}"
            : null);
        Fact("kernel", machine is null ? null : $"{machine.Release} {machine.Version}");
        Fact("machine", machine is null
            ? null
            : $"{machine.Node}: {machine.Hardware ?? "unknown hardware"}, "
                + $"{machine.Cpus?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} CPUs, "
                + Size(machine.Memory));
        Fact("load", machine?.LoadAverage is { } load
            ? string.Join(", ", load.Select(value => value.ToString("f2", CultureInfo.InvariantCulture)))
                + $"; {machine.Tasks?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} tasks"
            : null);
        var level = report.Dump?.FilterLevel is null ? "" : $", level {report.Dump.FilterLevel}";
        Fact("dump", report.Dump is { } dump
            ? $"{string.Join(", ", dump.Files)} ({dump.Format}{level}{(dump.IsIncomplete ? ", INCOMPLETE" : "")})"
            : null);
        foreach (var (name, value) in report.Event is { } found ? OopsText.Facts(found) : [])
            Fact(name, value);
        Fact("log", report.Text is { } text ? TextOf(text) : null);

        void Fact(string name, string? value)
        {
            if (value is not null)
                output.Line($"{name,10}: {value}");
        }
    }

    private static void WriteCrashStack(StackSection stack, TextOutput output)
    {
        Heading("Backtrace", output);
        WriteFrames(stack.Frames, int.MaxValue, withRegisters: true, output);
        if (stack.Problem is not null)
            output.Line($"  (not whole: {stack.Problem})");
    }

    private static void WriteCode(CodeSection? code, TextOutput output)
    {
        if (code is null)
            return;
        Heading("Code", output);
        foreach (var line in code.Lines)
            output.Line($"{(line.IsFaulting ? "=>" : "  ")} {line.Address} <{line.Place}>: {line.Text}");
        if (code.Problem is not null)
            output.Line($"  ({code.Problem})");
    }

    private static void WriteOthers(CrashReport report, TextOutput output)
    {
        if (report.OtherCpus.Count == 0)
            return;
        Heading("Other CPUs", output);
        foreach (var cpu in report.OtherCpus)
        {
            output.Line(cpu.IsIdle ? $"  CPU {cpu.Cpu}: idle" : $"  CPU {cpu.Cpu}: PID {cpu.Pid} \"{cpu.Command}\"");
            if (!cpu.IsIdle)
                WriteFrames(cpu.Frames, FramesOfOthers, withRegisters: false, output);
            if (cpu.Problem is not null)
                output.Line($"    ({cpu.Problem})");
        }
    }

    private static void WriteBlocked(IReadOnlyList<BlockedSection> groups, TextOutput output)
    {
        if (groups.Count == 0)
            return;
        Heading("Blocked tasks", output);
        foreach (var group in groups)
        {
            output.Line($"  {group.Tasks.Count} blocked here: " + string.Join(", ", group.Tasks.Take(6).Select(Name))
                + (group.Tasks.Count > 6 ? ", ..." : ""));
            WriteFrames(group.Frames, FramesOfOthers + 4, withRegisters: false, output);
        }

        static string Name(BlockedTask task) =>
            $"{task.Pid} \"{task.Command}\""
                + (task.WaitedSeconds is { } seconds ? $" for {seconds.ToString("f1", CultureInfo.InvariantCulture)} s" : "");
    }

    private static void WriteMemory(IReadOnlyList<MemoryLine> memory, TextOutput output)
    {
        if (memory.Count == 0)
            return;
        Heading("Memory", output);
        var total = memory[0].Bytes;
        foreach (var line in memory)
            output.Line($"  {line.Name,-12} {Size(line.Bytes),10}  {(total == 0 ? 0 : line.Bytes * 100 / total),3}%");
    }

    private static void WriteTaint(TaintSection? taint, TextOutput output)
    {
        if (taint is null || taint.Taints.Count == 0)
            return;
        Heading("Taints", output);
        foreach (var flag in taint.Taints)
            output.Line($"  {flag.Letter}: {flag.Meaning}");
        if (taint.ForeignModules.Count > 0)
            output.Line("  modules from elsewhere: "
                + string.Join(", ", taint.ForeignModules.Select(module => $"{module.Name} ({module.Letters})")));
    }

    private static void WriteLog(LogSection? log, TextOutput output)
    {
        if (log is null)
            return;
        var lines = log.Lines.TakeLast(LogLines).ToList();
        Heading($"Log, {lines.Count} of {log.Records} records", output);
        foreach (var line in lines)
            output.Line(line.Seconds is { } seconds
                ? $"[{seconds.ToString("f6", CultureInfo.InvariantCulture),12}] {line.Text}"
                : line.Text);
    }

    private static void WriteUnread(IReadOnlyList<string> unread, TextOutput output)
    {
        if (unread.Count == 0)
            return;
        Heading("What could not be read", output);
        foreach (var reason in unread)
            output.Line($"  {reason}");
    }

    private static void WriteFrames(IReadOnlyList<BacktraceFrame> frames, int most, bool withRegisters, TextOutput output)
    {
        var folded = BacktraceFrame.Fold(frames);
        foreach (var (frame, times) in folded.Take(most))
        {
            foreach (var line in FrameText.Lines(frame, times))
                output.Line($"    {line}");
            // Those in __crash_kexec are the capture's own and say nothing of the crash.
            if (withRegisters && frame.Registers is { } registers && !frame.IsUser && frame.Function != "__crash_kexec")
                WriteRegisters(registers, output);
        }
        if (folded.Count > most)
            output.Line($"    ... {folded.Count - most} more");
    }

    private static void WriteRegisters(IReadOnlyDictionary<string, Address> registers, TextOutput output)
    {
        foreach (var row in registers.Chunk(3))
            output.Line("        " + string.Join("  ", row.Select(register => $"{register.Key,8} {register.Value}")));
    }

    private static void Heading(string text, TextOutput output)
    {
        output.Line();
        output.Line(text);
        output.Line(new string('-', text.Length));
    }

    /// <summary>How the kernel responded, in words.</summary>
    public static string ResponseOf(ResponseSection response) =>
        response.What + (response.Reboot is { } reboot ? ". " + reboot : "");

    /// <summary>A log in words.</summary>
    public static string TextOf(TextSection text) =>
        $"{string.Join(", ", text.Files)}, {text.Lines} lines"
            + (text.Events > 1 ? $"; it tells of {text.Events} troubles: 'panicle oops' shows them all" : "");

    private static string Size(ulong? bytes) => bytes is { } value ? Sizes.Rounded(value) : "an unknown amount of memory";

    private static string Uptime(double? seconds) => seconds is { } value
        ? TimeSpan.FromSeconds(Math.Floor(value)).ToString("c", CultureInfo.InvariantCulture)
        : "an unknown time";
}
