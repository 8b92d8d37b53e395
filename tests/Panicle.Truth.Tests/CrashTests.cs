using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>
/// Our answers against those of crash 9.0.2, which has the vmlinux with its debug information and ours doesn't.
/// </summary>
public partial class CrashTests
{
    private static readonly ConcurrentDictionary<string, Lazy<string[]>> Known = [];

    /// <summary>The crashes of the kernels that crash 9.0.2 works on.</summary>
    public static TheoryData<string> Dumps =>
        LabDump.Rows(cell => !LabDump.HasReplacedReturns(cell)
            && cell.Format.Name == "kdump-zstd" && cell.Kernel.Name is "6.1-cloud" or "6.12-cloud");

    /// <summary>
    /// Every sleeping task has the same frames at the same places on the stack. (Of tasks that ran, crash shows how they were
    /// stopped as well; those are compared with the kernel's own trace. Where functions share an address, such as __do_sys_pause
    /// and __x64_sys_pause, crash names another one than the kernel, so names are compared with the kernel's only. A task that
    /// its CPU was just leaving isn't asleep yet.)
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Sleeping_tasks_frames_are_crashs(string name)
    {
        var ours = LabDump.Find(name).Ask("bt").GetProperty("tasks").EnumerateArray()
            .Where(IsAsleep)
            .ToDictionary(task => task.GetProperty("task").GetString()![2..], task => BacktraceFrames.InKernel(task).ToList());
        var differences = new List<string>();
        var compared = 0;
        foreach (var (task, frames) in Backtraces(Ask(name)))
        {
            if (!ours.TryGetValue(task, out var mine))
                continue;
            compared++;
            var told = string.Join('\n', frames.Where(frame => !IsInRandomGap(frame.Stack, mine)).Select(frame => frame.Text));
            if (told != Frames(mine))
                differences.Add($"{task}\ncrash:\n{told}\nours:\n{Frames(mine)}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
        Assert.True(compared > 20, $"only {compared} tasks could be compared");
    }

    /// <summary>The lines of <c>ps</c>, but for the memory in use, which crash estimates.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Tasks_are_crashs(string name)
    {
        var crashs = Ask(name).Select(line => PsLine().Match(line)).Where(match => match.Success)
            .Select(match => string.Join(' ', match.Groups.Values.Skip(1).Select(group => group.Value)));
        var ours = LabDump.Find(name).Ask("ps").GetProperty("tasks").EnumerateArray().Select(task =>
        {
            var command = task.GetProperty("command").GetString();
            var shown = task.GetProperty("kernelThread").GetBoolean() ? $"[{command}]" : command;
            return $"{task.GetProperty("pid")} {task.GetProperty("parentPid")} {task.GetProperty("cpu")} "
                + $"{task.GetProperty("task").GetString()![2..]} "
                + $"{task.GetProperty("state")} {task.GetProperty("virtualKiB")} {shown}";
        });
        Assert.Equal(
            string.Join('\n', crashs.Order(StringComparer.Ordinal)), string.Join('\n', ours.Order(StringComparer.Ordinal)));
    }

    private static bool IsAsleep(JsonElement task) =>
        !task.GetProperty("isRunning").GetBoolean()
        && !(BacktraceFrames.InKernel(task) is [var first, ..] && first.GetProperty("foundBy").GetString() == "registers");

    // do_syscall_64 leaves a gap of random size above its frame (CONFIG_RANDOMIZE_KSTACK_OFFSET), which is not cleared: crash
    // takes return addresses that an earlier system call left there for frames.
    private static bool IsInRandomGap(ulong stack, List<JsonElement> frames)
    {
        var system = frames.FindIndex(frame => frame.GetProperty("function").GetString() == "do_syscall_64");
        return system >= 0 && system + 1 < frames.Count
            && stack > StackAddress(frames[system]) && stack < StackAddress(frames[system + 1]);
    }

    private static ulong StackAddress(JsonElement frame) =>
        BacktraceFrames.Number(frame.GetProperty("stackAddress").GetString()!);

    private static string Frames(IEnumerable<JsonElement> frames) => string.Join('\n', frames.Select(frame =>
        $"{frame.GetProperty("stackAddress").GetString()![2..]} {frame.GetProperty("address").GetString()![2..]}"));

    private static IEnumerable<(string Task, List<(ulong Stack, string Text)> Frames)> Backtraces(string[] lines)
    {
        string? task = null;
        var frames = new List<(ulong Stack, string Text)>();
        foreach (var line in lines.Append("PID: 0 TASK: 0 "))
        {
            if (TaskLine().Match(line) is { Success: true } next)
            {
                if (task is not null)
                    yield return (task, frames);
                task = next.Groups[1].Value;
                frames = [];
            }
            else if (FrameLine().Match(line) is { Success: true } frame)
            {
                var stack = frame.Groups[1].Value;
                frames.Add((BacktraceFrames.Number("0x" + stack), $"{stack} {frame.Groups[2].Value}"));
            }
        }
    }

    private static string[] Ask(string name) => Known.GetOrAdd(name, static name => new(() => Run(LabDump.Find(name)))).Value;

    private static string[] Run(LabDump dump)
    {
        var commands = Cache.PathOf($"crash-{Guid.NewGuid():N}.commands");
        File.WriteAllLines(commands, ["ps", "foreach bt", "quit"]);
        try
        {
            var command = Lab.Peers.CommandFor("crash", "-s", "-i", commands, dump.Cell.Kernel.Vmlinux(), dump.Files[0]);
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"crash ended with {process.ExitCode}: {output}");
            return output.Split('\n');
        }
        finally
        {
            File.Delete(commands);
        }
    }

    // PID PPID CPU TASK ST %MEM VSZ RSS COMM
    [GeneratedRegex(@"^[> ] +(\d+) +(\d+) +(\d+) +([0-9a-f]{16}) +(\w\w) +[\d.]+ +(\d+) +\d+  (.*)$")]
    private static partial Regex PsLine();

    [GeneratedRegex(@"^PID: .* TASK: ([0-9a-f]+) ")]
    private static partial Regex TaskLine();

    [GeneratedRegex(@"^ *#\d+ \[([0-9a-f]{16})\] \S+ at ([0-9a-f]{16})")]
    private static partial Regex FrameLine();
}
