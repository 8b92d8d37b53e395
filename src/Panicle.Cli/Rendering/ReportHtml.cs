using System.Globalization;
using Panicle.Reports;
using Panicle.Reports.Findings;
using Panicle.Reports.Sections;
using Panicle.Symbols;

namespace Panicle.Cli.Rendering;

/// <summary>A report as one HTML page: no script, no other file, readable in any browser and in an e-mail.</summary>
internal static class ReportHtml
{
    // Every string from the dump goes through Encode; nothing else on the page is dynamic.
    internal const string Style = """
        :root { color-scheme: light dark; --line: #8884; --soft: #8882; --bad: #c0392b; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.35rem; line-height: 1.35; border-left: .3rem solid var(--bad); padding-left: .8rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
        pre, code, td.n { font: 13px/1.45 ui-monospace, monospace; }
        pre { background: var(--soft); padding: .7rem; border-radius: .4rem; overflow-x: auto; }
        table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
        th { font-weight: 600; white-space: nowrap; } td.n { text-align: right; }
        .frame { white-space: pre; } .how { opacity: .65; } .doubt { opacity: .65; font-style: italic; }
        .fault { background: #c0392b33; font-weight: 600; } .bar { display: inline-block; height: .7em; background: #3a7bd5; border-radius: .2em; }
        .error { color: var(--bad); } summary { cursor: pointer; }
        """;

    private const int FramesOfOthers = 12;

    public static void Write(CrashReport report, TextWriter writer)
    {
        OopsHtml.WriteHead(report.Title, writer);
        writer.Write($"<h1>{Encode(report.Title)}</h1>\n");
        WriteFacts(report, writer);
        WriteFindings(report.Findings, writer);
        WriteStack(report.Stack, writer);
        if (report.Event is { } found)
            OopsHtml.WriteBody(found, writer);
        WriteCode(report.Code, writer);
        WriteOthers(report.OtherCpus, writer);
        WriteBlocked(report.Blocked, writer);
        WriteMemory(report.Memory, writer);
        WriteTaint(report.Taint, writer);
        WriteLog(report.Log, writer);
        WriteList("What could not be read", report.Unread, writer);
        writer.Write("</body></html>\n");
    }

    private static void WriteFacts(CrashReport report, TextWriter writer)
    {
        var machine = report.Machine;
        writer.Write("<table>\n");
        Row("Where", report.Cause?.Place?.Place);
        Row("Error code", report.Cause?.ErrorCode is { } code ? $"0x{code:x4}: {report.Cause.ErrorCodeMeaning}" : null);
        Row("Running", report.Stack is { } stack ? $"PID {stack.Pid} “{stack.Command}” on CPU {stack.Cpu}" : null);
        Row("Response", report.Response is { } response ? ReportText.ResponseOf(response) : null);
        Row("Set to", report.Response is { Settings.Count: > 0 } set
            ? string.Join(", ", set.Settings.Select(setting => $"{setting.Name}={setting.Value}"))
            : null);
        Row("When", machine?.CrashedAt?.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        Row("Up for", machine?.UptimeSeconds is { } up
            ? TimeSpan.FromSeconds(Math.Floor(up)).ToString("c", CultureInfo.InvariantCulture)
            : null);
        Row("Kernel", machine is null ? null : $"{machine.Release} {machine.Version}");
        Row("Machine", machine is null ? null : $"{machine.Node}: {machine.Hardware ?? "unknown hardware"}");
        Row("Size", machine is null ? null
            : $"{Count(machine.Cpus)} CPUs, {(machine.Memory is { } memory ? Sizes.Rounded(memory) : "?")}, "
                + $"{Count(machine.Tasks)} tasks");
        Row("Load", machine?.LoadAverage is { } load
            ? string.Join(", ", load.Select(value => value.ToString("f2", CultureInfo.InvariantCulture)))
            : null);
        Row("Command line", machine?.CommandLine);
        Row("Dump", report.Dump is { } dump
            ? $"{string.Join(", ", dump.Files)} ({dump.Format}{(dump.FilterLevel is { } level ? $", level {level}" : "")})"
            : null);
        foreach (var (name, value) in report.Event is { } found ? OopsText.Facts(found) : [])
            Row(name, value);
        Row("Log", report.Text is { } text ? ReportText.TextOf(text) : null);
        writer.Write("</table>\n");

        static string Count(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "?";

        void Row(string name, string? value)
        {
            if (value is not null)
                writer.Write($"<tr><th>{name}</th><td>{Encode(value)}</td></tr>\n");
        }
    }

    private static void WriteFindings(IReadOnlyList<Finding> findings, TextWriter writer)
    {
        if (findings.Count == 0)
            return;
        writer.Write("<h2>Findings</h2>\n<ol>\n");
        foreach (var finding in findings)
        {
            writer.Write($"<li><strong>{Encode(finding.Title)}</strong> "
                + $"<span class=\"how\">{FindingsText.Word(finding.Certainty)}</span>\n<ul>\n");
            foreach (var evidence in finding.Evidence)
            {
                var line = evidence.Line is null ? "" : $" <span class=\"how\">line {evidence.Line}</span>";
                var command = evidence.Command is null ? "" : $" <code class=\"how\">{Encode(evidence.Command)}</code>";
                writer.Write($"<li>{Encode(evidence.Text)}{line}{command}</li>\n");
            }
            writer.Write($"</ul>{(finding.Advice is null ? "" : $"<p>{Encode(finding.Advice)}</p>")}</li>\n");
        }
        writer.Write("</ol>\n");
    }

    private static void WriteStack(StackSection? stack, TextWriter writer)
    {
        if (stack is null)
            return;
        writer.Write("<h2>Backtrace</h2>\n");
        WriteFrames(stack.Frames, int.MaxValue, writer);
        WriteProblem(stack.Problem, writer);
        foreach (var frame in stack.Frames.Where(frame => frame.Registers is not null))
            WriteRegisters(frame, writer);
    }

    private static void WriteRegisters(BacktraceFrame frame, TextWriter writer)
    {
        var place = frame.IsUser ? "in user mode" : $"at {Encode(frame.Place)}";
        writer.Write($"<details{(frame.IsUser ? "" : " open")}><summary>Registers {place}</summary><pre>");
        foreach (var row in frame.Registers!.Chunk(3))
            writer.Write(string.Join("  ", row.Select(register => $"{Encode(register.Key),8} {register.Value}")) + "\n");
        writer.Write("</pre></details>\n");
    }

    private static void WriteCode(CodeSection? code, TextWriter writer)
    {
        if (code is null)
            return;
        writer.Write("<h2>Code</h2>\n<pre>");
        foreach (var line in code.Lines)
            writer.Write(
                $"<span{(line.IsFaulting ? " class=\"fault\"" : "")}>{line.Address} &lt;{Encode(line.Place)}&gt;: "
                    + $"{Encode(line.Text)}</span>\n");
        writer.Write("</pre>\n");
        WriteProblem(code.Problem, writer);
    }

    private static void WriteOthers(IReadOnlyList<StackSection> others, TextWriter writer)
    {
        if (others.Count == 0)
            return;
        writer.Write("<h2>Other CPUs</h2>\n");
        foreach (var cpu in others)
        {
            var (open, doing) = cpu.IsIdle ? ("", "idle") : (" open", $"PID {cpu.Pid} “{Encode(cpu.Command)}”");
            writer.Write($"<details{open}><summary>CPU {cpu.Cpu}: {doing}</summary>\n");
            WriteFrames(cpu.Frames, FramesOfOthers, writer);
            WriteProblem(cpu.Problem, writer);
            writer.Write("</details>\n");
        }
    }

    private static void WriteBlocked(IReadOnlyList<BlockedSection> groups, TextWriter writer)
    {
        if (groups.Count == 0)
            return;
        writer.Write("<h2>Blocked tasks</h2>\n");
        foreach (var group in groups)
        {
            var names = string.Join(", ", group.Tasks.Select(task =>
                $"{task.Pid} “{task.Command}”" + (task.WaitedSeconds is { } seconds
                    ? $" for {seconds.ToString("f1", CultureInfo.InvariantCulture)} s"
                    : "")));
            writer.Write($"<details open><summary>{group.Tasks.Count} blocked here: {Encode(names)}</summary>\n");
            WriteFrames(group.Frames, FramesOfOthers, writer);
            writer.Write("</details>\n");
        }
    }

    private static void WriteMemory(IReadOnlyList<MemoryLine> memory, TextWriter writer)
    {
        if (memory.Count == 0)
            return;
        var total = Math.Max(1, memory[0].Bytes);
        writer.Write("<h2>Memory</h2>\n<table>\n");
        foreach (var line in memory)
        {
            var percent = line.Bytes * 100 / total;
            writer.Write(
                $"<tr><th>{Encode(line.Name)}</th><td class=\"n\">{Sizes.Rounded(line.Bytes)}</td>"
                    + $"<td class=\"n\">{percent}%</td>"
                    + $"<td><span class=\"bar\" style=\"width:{Math.Min(percent, 100) / 5.0:f1}rem\"></span></td></tr>\n");
        }
        writer.Write("</table>\n");
    }

    private static void WriteTaint(TaintSection? taint, TextWriter writer)
    {
        if (taint is null)
            return;
        List<string> lines = [.. taint.Taints.Select(flag => $"{flag.Letter}: {flag.Meaning}")];
        if (taint.ForeignModules.Count > 0)
            lines.Add("modules from elsewhere: "
                + string.Join(", ", taint.ForeignModules.Select(module => $"{module.Name} ({module.Letters})")));
        WriteList("Taints", lines, writer);
    }

    private static void WriteLog(LogSection? log, TextWriter writer)
    {
        if (log is null)
            return;
        writer.Write($"<h2>Log, {log.Lines.Count} of {log.Records} records</h2>\n<pre>");
        foreach (var line in log.Lines)
        {
            var error = line.Level <= 2 ? " class=\"error\"" : "";
            var time = line.Seconds is { } seconds ? $"[{seconds.ToString("f6", CultureInfo.InvariantCulture),12}] " : "";
            writer.Write($"<span{error}>{time}{Encode(line.Text)}</span>\n");
        }
        writer.Write("</pre>\n");
    }

    private static void WriteList(string heading, IReadOnlyList<string> lines, TextWriter writer)
    {
        if (lines.Count == 0)
            return;
        writer.Write($"<h2>{heading}</h2>\n<ul>\n");
        foreach (var line in lines)
            writer.Write($"<li>{Encode(line)}</li>\n");
        writer.Write("</ul>\n");
    }

    private static void WriteFrames(IReadOnlyList<BacktraceFrame> frames, int most, TextWriter writer)
    {
        writer.Write("<pre>");
        var folded = BacktraceFrame.Fold(frames);
        foreach (var (frame, times) in folded.Take(most))
            FrameHtml.Write(frame, times, writer);
        if (folded.Count > most)
            writer.Write($"… {folded.Count - most} more\n");
        writer.Write("</pre>\n");
    }

    private static void WriteProblem(string? problem, TextWriter writer)
    {
        if (problem is not null)
            writer.Write($"<p class=\"how\">{Encode(problem)}</p>\n");
    }

    private static string Encode(string text) => HtmlText.Encode(text);
}
