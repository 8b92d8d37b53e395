using System.Text.Json;

namespace Panicle.Truth.Tests;

public class TaskTests
{
    /// <summary>How many tasks may come or go by themselves: workers of the kernel.</summary>
    private const int MostWorkers = 6;

    private static readonly string[] Queues = ["deadline", "realTime", "fair"];

    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>The tasks are those that the kernel listed, with their parents, commands and states.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Tasks_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var ours = Tasks(dump);
        var problems = new List<string>();
        foreach (var thread in dump.Truth.Threads)
        {
            if (!ours.Remove(thread.Pid, out var task) && EndsByItself(thread.Command))
                continue;
            if (task.ValueKind == JsonValueKind.Undefined)
                problems.Add($"{thread.Pid} {thread.Command} is missing");
            else if (Difference(dump, thread, task) is { } difference)
                problems.Add($"{thread.Pid} {thread.Command} ({thread.State}): {difference}");
        }
        problems.AddRange(
            ours.Values.Where(task => !IsWorker(task) && !IsTheCrashs(task)).Select(task => $"/proc had no {task}"));
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.InRange(ours.Count, 0, MostWorkers);
    }

    // Kernel threads that end when their work is done: between /proc's answer and the crash, perhaps.
    private static bool EndsByItself(string command) =>
        command is "ext4lazyinit" || command.StartsWith("kworker/", StringComparison.Ordinal);

    private static string? Difference(LabDump dump, ThreadTruth told, JsonElement task)
    {
        if (task.GetProperty("tgid").GetInt32() != told.Tgid || task.GetProperty("parentPid").GetInt32() != told.ParentPid)
            return $"{task}";
        // /proc shows a kernel thread's name beyond the 15 characters of comm (since 5.17), and what a worker works on.
        var command = task.GetProperty("command").GetString()!;
        var isKernelThread = task.GetProperty("kernelThread").GetBoolean();
        if (command != told.Command && !(isKernelThread && told.Command.StartsWith(command, StringComparison.Ordinal)))
            return $"command {command}";
        var state = LetterOf(task.GetProperty("state").GetString()!);
        // A task may have been woken without having run since: it stands in a queue then. (A kernel thread by the crash itself.)
        var same = state == told.State || (state == 'R' && (isKernelThread || IsQueued(dump, told.Pid)));
        return same || told.State == 'R' || !dump.StoodStill(told) ? null : $"state {state}";
    }

    private static bool IsQueued(LabDump dump, int pid) =>
        dump.Ask("runq").GetProperty("queues").EnumerateArray()
            .SelectMany(queue => Queues.SelectMany(kind => queue.GetProperty(kind).EnumerateArray()))
            .Any(task => task.GetProperty("pid").GetInt32() == pid);

    // crash's two-letter names of states, as /proc's letters.
    internal static char LetterOf(string state) => state switch
    {
        "RU" or "WA" => 'R', // A task that is being woken is one that runs, to /proc.
        "IN" or "NE" => 'S',
        "UN" => 'D',
        "ID" => 'I',
        "ST" => 'T',
        "TR" => 't',
        "PA" => 'P',
        "ZO" => 'Z',
        "DE" => 'X',
        _ => '?',
    };

    private static bool IsWorker(JsonElement task) =>
        task.GetProperty("command").GetString()!.StartsWith("kworker/", StringComparison.Ordinal);

    // Threads that the lab's module starts to crash in.
    private static bool IsTheCrashs(JsonElement task) =>
        task.GetProperty("command").GetString()!.StartsWith("crashme", StringComparison.Ordinal);

    private static Dictionary<int, JsonElement> Tasks(LabDump dump) => dump.Ask("ps").GetProperty("tasks").EnumerateArray()
        .Where(task => task.GetProperty("pid").GetInt32() != 0).ToDictionary(task => task.GetProperty("pid").GetInt32());
}
