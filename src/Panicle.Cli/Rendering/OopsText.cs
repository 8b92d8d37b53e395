using System.Globalization;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Cli.Rendering;

/// <summary>A log's events as text.</summary>
internal static class OopsText
{
    // Of the traces beside the event's own (who allocated, lockdep's chain), as much as tells which they are.
    private const int FramesOfOthers = 12;

    public static void Write(OopsLog log, TextOutput output)
    {
        if (log.Events.Count == 0)
            output.Line($"no crash, warning or error of the kernel in {log.Lines} lines");
        for (var i = 0; i < log.Events.Count; i++)
        {
            if (i > 0)
                output.Line();
            Write(log.Events[i], output);
        }
        foreach (var note in log.Notes)
            output.Line($"note: {note}");
    }

    private static void Write(OopsEvent found, TextOutput output)
    {
        output.Line(found.Title);
        output.Line(new string('=', Math.Clamp(found.Title.Length, 1, output.Width)));
        foreach (var (name, value) in Facts(found))
            output.Line($"{name,10}: {value}");
        WriteBody(found, output);
    }

    /// <summary>Writes an event's registers, traces and code.</summary>
    public static void WriteBody(OopsEvent found, TextOutput output)
    {
        WriteRegisters(found, output);
        foreach (var trace in found.Traces)
            Write(trace, output);
        WriteCode(found, output);
    }

    /// <summary>What is known of an event, as names and values.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(OopsEvent found)
    {
        yield return ("kind", found.Kind.Name() + (found.Count > 1 ? $", {found.Count} times in a row" : ""));
        if (found.Instruction is { } instruction)
            yield return ("where", instruction.Place + (instruction.Location is { } at ? $" ({at})" : ""));
        if (found.Function is { } function && function != found.Instruction?.Function)
            yield return ("to blame", found.FullFunction + (found.Location is { } place ? $" ({place})" : ""));
        if (found.FaultAddress is { } address)
            yield return ("address", address.ToString());
        if (found.Access is { } access)
            yield return ("access", access);
        if (found.ErrorCode is { } code)
            yield return ("error code", $"0x{code:x4}{(found.ErrorCodeMeaning is { } meaning ? ": " + meaning : "")}");
        if (found.Pid is { } pid)
        {
            var command = found.Command is null ? "" : $" \"{found.Command}\"";
            var cpu = found.Cpu is null ? "" : $" on CPU {found.Cpu}";
            var work = found.Workqueue is null ? "" : $", work {found.Workqueue}";
            yield return ("running", $"PID {pid}{command}{cpu}{work}");
        }
        if (found.Seconds is { } seconds)
            yield return ("when", $"{seconds.ToString("f6", CultureInfo.InvariantCulture)} s after boot");
        if (found.Release is { } release)
            yield return ("kernel", release + (found.Architecture is { } architecture ? $" ({architecture})" : ""));
        if (found.Hardware is { } hardware)
            yield return ("machine", hardware);
        if (found.Taint is { Length: > 0 } taint)
            yield return ("taint", $"{taint}: {string.Join("; ", found.TaintMeanings)}");
        if (found.PanicMessage is { } panic)
            yield return ("panic", panic);
        var state = (found.IsCut ? ", cut" : "") + (found.IsGarbled ? ", with lines missing" : "");
        yield return ("lines", $"{found.FirstLine} to {found.LastLine}{state}");
        if (found.Modules.Count > 0)
            yield return ("modules", string.Join(' ', found.Modules));
    }

    private static void WriteRegisters(OopsEvent found, TextOutput output)
    {
        const int PerLine = 3;
        foreach (var line in found.Registers.Chunk(PerLine))
            output.Line(
                "    " + string.Join("  ", line.Select(register => $"{register.Key.ToUpperInvariant(),6}: {register.Value}")));
    }

    private static void Write(CallTrace trace, TextOutput output)
    {
        output.Line();
        output.Line($"{(trace.Title.Length > 0 ? trace.Title : "Call Trace")}:");
        var stack = FrameStack.Task;
        foreach (var frame in trace.Frames.Take(trace.IsOwn ? int.MaxValue : FramesOfOthers))
        {
            if (frame.Stack != stack)
                output.Line($"  <{stack = frame.Stack}>");
            foreach (var line in FrameText.Lines(frame))
                output.Line($"  {line}");
        }
        if (!trace.IsOwn && trace.Frames.Count > FramesOfOthers)
            output.Line($"  ... {trace.Frames.Count - FramesOfOthers} more");
    }

    private static void WriteCode(OopsEvent found, TextOutput output)
    {
        if (found.Code is not { } code)
            return;
        output.Line();
        output.Line("Code:");
        foreach (var instruction in code.Instructions)
        {
            output.Line(
                $"{(instruction.IsFaulting ? "=>" : "  ")} {PlaceOf(instruction, found),6}  "
                    + $"{instruction.Bytes,-24}  {instruction.Text}");
        }
    }

    // Bytes from the start of the function, or from the faulting instruction where the function isn't known.
    private static string PlaceOf(CodeInstruction instruction, OopsEvent found)
    {
        var offset = instruction.Offset + (long)(found.Instruction?.Offset ?? 0);
        return offset < 0 ? $"-0x{-offset:x}" : $"+0x{offset:x}";
    }
}
