using Panicle.Logs.Events;

namespace Panicle.Cli.Rendering;

/// <summary>A log's events as one HTML page.</summary>
internal static class OopsHtml
{
    public static void Write(OopsLog log, TextWriter writer)
    {
        var title = log.Events.Count == 0 ? "No crash in this log" : log.Events[0].Title;
        WriteHead(title, writer);
        if (log.Events.Count == 0)
            writer.Write($"<h1>No crash, warning or error of the kernel in {log.Lines} lines</h1>\n");
        foreach (var found in log.Events)
            Write(found, writer);
        writer.Write("</body></html>\n");
    }

    /// <summary>Writes a page up to where its content begins.</summary>
    public static void WriteHead(string title, TextWriter writer) => writer.Write(
        HtmlFile.Start
            + "<meta name=\"viewport\" content=\"width=device-width\">"
            + $"<title>{Encode(title)}</title>\n<style>\n{ReportHtml.Style}</style></head>\n<body>\n");

    private static void Write(OopsEvent found, TextWriter writer)
    {
        writer.Write($"<h1>{Encode(found.Title)}</h1>\n<table>\n");
        foreach (var (name, value) in OopsText.Facts(found))
            writer.Write($"<tr><th>{Encode(name)}</th><td>{Encode(value)}</td></tr>\n");
        writer.Write("</table>\n");
        WriteBody(found, writer);
    }

    /// <summary>Writes an event's traces, code and registers.</summary>
    public static void WriteBody(OopsEvent found, TextWriter writer)
    {
        foreach (var trace in found.Traces)
            Write(trace, writer);
        if (found.Code is { } code)
            Write(code, writer);
        if (found.Registers.Count > 0)
        {
            writer.Write("<h2>Registers</h2>\n<pre>");
            foreach (var line in found.Registers.Chunk(4))
                writer.Write(Encode(string.Join("  ", line.Select(register => $"{register.Key,6}: {register.Value}"))) + "\n");
            writer.Write("</pre>\n");
        }
    }

    private static void Write(CallTrace trace, TextWriter writer)
    {
        writer.Write($"<h2>{Encode(trace.Title.Length > 0 ? trace.Title : "Call Trace")}</h2>\n<pre>");
        foreach (var frame in trace.Frames)
            FrameHtml.Write(frame, 1, writer);
        writer.Write("</pre>\n");
    }

    private static void Write(CodeBytes code, TextWriter writer)
    {
        writer.Write("<h2>Code</h2>\n<pre>");
        foreach (var instruction in code.Instructions)
        {
            var fault = instruction.IsFaulting ? " class=\"fault\"" : "";
            writer.Write($"<span{fault}>{Encode($"{instruction.Bytes,-24}  {instruction.Text}")}</span>\n");
        }
        writer.Write("</pre>\n");
    }

    private static string Encode(string text) => HtmlText.Encode(text);
}
