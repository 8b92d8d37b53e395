using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Truth.Tests;

/// <summary>A frame, as the kernel prints it: <c>function+0xoffset [module]</c>, and the stack that it lies on.</summary>
internal sealed record TraceFrame(string Text, string Stack)
{
    /// <summary>Whether the kernel printed it as the registers of interrupted code.</summary>
    public bool IsInterrupted { get; init; }

    public string Function => Text.Split('+')[0];

    public override string ToString() => $"{Stack,-6} {Text}";
}

/// <summary>The backtrace that the kernel itself printed when it died, without its lines marked <c>?</c>.</summary>
internal sealed partial class PrintedTrace
{
    private PrintedTrace(bool isOfPanic, IReadOnlyList<TraceFrame> frames, string? user, int pid, string command, int cpu)
    {
        IsOfPanic = isOfPanic;
        Frames = frames;
        UserAddress = user;
        Pid = pid;
        Command = command;
        Cpu = cpu;
    }

    /// <summary>
    /// Whether panic() printed it, through dump_stack(). Otherwise an exception's handler did, and the first frame is the one
    /// that the exception interrupted.
    /// </summary>
    public bool IsOfPanic { get; }

    /// <summary>The frames, innermost first.</summary>
    public IReadOnlyList<TraceFrame> Frames { get; }

    /// <summary>Where the user program was, in hexadecimal digits, or null for a thread of the kernel.</summary>
    public string? UserAddress { get; }

    /// <summary>The task that the kernel named.</summary>
    public int Pid { get; }

    public string Command { get; }

    /// <summary>The CPU that it ran on.</summary>
    public int Cpu { get; }

    /// <summary>Finds it: panic()'s own trace where there is one, else that of the first exception.</summary>
    public static PrintedTrace In(IEnumerable<ConsoleLine> said)
    {
        var lines = said.Select(line => line.Text).ToList();
        var panic = lines.FindIndex(line => line.StartsWith("Kernel panic - not syncing", StringComparison.Ordinal));
        if (panic >= 0 && lines.FindIndex(panic, line => line.TrimEnd() == "Call Trace:") >= 0)
            return Read(lines.Skip(panic), isOfPanic: true);
        var exception = lines.FindIndex(line => FirstDeath().IsMatch(line));
        Assert.True(exception >= 0, "the kernel printed no trace of a crash");
        return Read(lines.Skip(exception), isOfPanic: false);
    }

    private static PrintedTrace Read(IEnumerable<string> lines, bool isOfPanic)
    {
        var frames = new List<TraceFrame>();
        var stack = "task";
        string? user = null;
        Match? victim = null;
        foreach (var line in lines)
        {
            if (EndOfTrace().IsMatch(line))
                break;
            if (victim is null && Victim().Match(line) is { Success: true } found)
                victim = found;
            else if (StackMarker().Match(line) is { Success: true } marker)
                stack = marker.Groups["end"].Length > 0 || marker.Groups["stack"].Value == "TASK"
                    ? "task"
                    : marker.Groups["stack"].Value;
            else if (UserLine().Match(line) is { Success: true } program)
                user = program.Groups["address"].Value;
            else if (FrameLine().Match(line) is { Success: true } frame)
                frames.Add(
                    new TraceFrame(TextOf(frame), stack) { IsInterrupted = line.StartsWith("RIP:", StringComparison.Ordinal) });
        }
        Assert.NotNull(victim);
        // A line "RIP:" names the code that was interrupted: it ran on the stack that the frames after it lie on.
        for (var i = frames.Count - 2; i >= 0; i--)
            if (frames[i].IsInterrupted)
                frames[i] = frames[i] with { Stack = frames[i + 1].Stack };
        return new PrintedTrace(isOfPanic, frames, user, Int("pid"), victim.Groups["command"].Value, Int("cpu"));

        int Int(string name) => int.Parse(victim.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    private static string TextOf(Match frame)
    {
        var module = frame.Groups["module"].Success ? $" [{frame.Groups["module"].Value}]" : "";
        return frame.Groups["name"].Success
            ? $"{frame.Groups["name"].Value}+0x{frame.Groups["offset"].Value}{module}"
            : frame.Groups["address"].Value;
    }

    [GeneratedRegex(@" \[#1\]")]
    private static partial Regex FirstDeath();

    [GeneratedRegex(
        @"^CPU: (?<cpu>\d+) (UID: \d+ )?PID: (?<pid>\d+) Comm: (?<command>.*?) (Kdump: loaded )?(Not tainted|Tainted: )")]
    private static partial Regex Victim();

    [GeneratedRegex(@"^ *<(?<end>/?)(?<stack>[^>]+)>$")]
    private static partial Regex StackMarker();

    [GeneratedRegex(@"^RIP: 0033:(0x)?(?<address>[0-9a-f]+)")]
    private static partial Regex UserLine();

    // " name+0x1/0x2 [module]" in a call trace, "RIP: 0010:name+0x1/0x2 [module]", "RIP: 0010:0x0".
    [GeneratedRegex(
        @"^(?: +|RIP: 0010:)(?:(?<name>[\w.$]+)\+0x(?<offset>[0-9a-f]+)/0x[0-9a-f]+(?: \[(?<module>\w+)[^\]]*\])?"
            + @"|(?<address>0x[0-9a-f]+)) *$")]
    private static partial Regex FrameLine();

    [GeneratedRegex(@"^(Modules linked in:|---\[ end |Kernel Offset:)")]
    private static partial Regex EndOfTrace();
}
