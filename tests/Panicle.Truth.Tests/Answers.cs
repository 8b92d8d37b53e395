using System.Text;
using System.Text.Json;
using Panicle.Cli;
using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;

namespace Panicle.Truth.Tests;

/// <summary>
/// What Panicle's commands answer about a dump, as JSON. All commands that the tests ask are run at once, so that each dump is
/// opened once and closed again however many tests are about it.
/// </summary>
internal sealed class Answers
{
    public static readonly string[] Commands =
    [
        "sys", "log", "mod", "ps", "mount", "dev", "bt -p", "bt -a", "kmem -i", "kmem -s", "kmem -v", "runq", "why",
    ];

    /// <summary>Those that are given every task.</summary>
    public static readonly string[] CommandsOnEveryTask = ["bt", "files"];

    private readonly Dictionary<string, JsonElement> _results = [];

    private Answers() { }

    /// <summary>How often each task had stopped running: <c>task_struct</c>'s nvcsw and nivcsw.</summary>
    public IReadOnlyDictionary<int, long> Switches { get; private init; } = new Dictionary<int, long>();

    /// <summary>The PIDs in the initial PID namespace's IDR.</summary>
    public IReadOnlyList<int> IdrPids { get; private init; } = [];

    /// <summary>
    /// Each process's memory areas, as the first two words of the lines of <c>/proc/PID/maps</c>; null if unreadable.
    /// </summary>
    public IReadOnlyDictionary<int, IReadOnlyList<string>?> Maps { get; private init; } =
        new Dictionary<int, IReadOnlyList<string>?>();

    /// <summary>Opens a dump and runs every command.</summary>
    public static Answers Of(IReadOnlyList<string> files)
    {
        using var session = Session.Empty();
        session.Open(files);
        var answers = new Answers
        {
            Switches = session.Kernel.Tasks.All.Where(task => task.Pid != 0).ToDictionary(
                task => task.Pid, task => (long)(task.Value["nvcsw"].ToUInt64() + task.Value["nivcsw"].ToUInt64())),
            IdrPids = [.. XArrays.IdrEntries(
                session.Kernel.Context, session.Kernel.Global("init_pid_ns", "struct pid_namespace")["idr"].Address)
                .Select(entry => (int)entry.Index)],
            Maps = session.Kernel.Tasks.All.Where(task =>
                task.Pid != 0).ToDictionary(task => task.Pid, task => MapsOf(session.Kernel, task)),
        };
        session.Settings.Json = true;
        foreach (var command in Commands)
            answers._results[command] = Run(session, command);
        var everyTask = string.Join(' ', session.Kernel.Tasks.All.Select(task => $"{task.Address:x}"));
        foreach (var command in CommandsOnEveryTask)
            answers._results[command] = Run(session, $"{command} {everyTask}");
        return answers;
    }

    /// <summary>A command's result; the test fails with the error if the command had one.</summary>
    public JsonElement To(string command)
    {
        var answer = _results[command];
        return answer.TryGetProperty("result", out var result)
            ? result
            : throw new Xunit.Sdk.XunitException($"{command}: {answer}");
    }

    private static IReadOnlyList<string>? MapsOf(KernelDump kernel, KernelTask task)
    {
        try
        {
            return [.. kernel.Mm.Areas.Of(task.Mm)
                .Select(area => $"{area.Range.Start:x8}-{area.Range.End:x8} {area.Access}")];
        }
        catch (KernelReadException)
        {
            return null;
        }
    }

    private static JsonElement Run(Session session, string command)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        new LineRunner(new CommandRunner(session, CommandTable.Commands()), errors).Run(command, output);
        var text = Encoding.UTF8.GetString(output.ToArray());
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
