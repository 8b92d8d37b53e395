using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Panicle.Debuginfo.Finding;
using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Truth.Tests;

/// <summary>Our answers against those of drgn, which has the vmlinux with its debug information and ours doesn't.</summary>
public class DrgnTests
{
    private static readonly string[] Types =
    [
        "task_struct", "mm_struct", "vm_area_struct", "module", "file", "dentry", "inode", "super_block", "mount", "page", "zone",
        "pglist_data", "kmem_cache", "rq", "cfs_rq", "signal_struct", "files_struct", "cred", "pid", "net_device", "sock",
        "sk_buff", "request_queue", "gendisk", "block_device", "cdev", "irq_desc", "timer_list", "hrtimer", "work_struct",
        "worker", "list_head", "pt_regs", "thread_struct", "inactive_task_frame", "uts_namespace", "printk_info", "bpf_prog",
        "cgroup", "nsproxy",
    ];

    private static readonly ConcurrentDictionary<string, Lazy<JsonElement>> Known = [];

    /// <summary>The crashes of the kernels that drgn 0.3.0 works on.</summary>
    public static TheoryData<string> Dumps =>
        LabDump.Rows(cell => !LabDump.HasReplacedReturns(cell)
            && cell.Format.Name == "kdump-zstd" && cell.Kernel.Name is "6.1-cloud" or "6.12-cloud");

    /// <summary>One dump of each of these kernels.</summary>
    public static TheoryData<string> Kernels =>
        [.. Dumps.Select(row => row.Data).GroupBy(name => name.Split('/')[0]).Select(names => names.First())];

    /// <summary>Every task has the same frames.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Every_tasks_frames_are_drgns(string name)
    {
        var ours = LabDump.Find(name).Ask("bt").GetProperty("tasks").EnumerateArray()
            .ToDictionary(task => BacktraceFrames.Number(task.GetProperty("task").GetString()!));
        var differences = new List<string>();
        foreach (var task in Ask(name).GetProperty("tasks").EnumerateArray())
        {
            if (!ours.TryGetValue(task.GetProperty("address").GetUInt64(), out var mine))
            {
                differences.Add($"{task.GetProperty("command")} is missing");
                continue;
            }
            if (task.GetProperty("frames").ValueKind == JsonValueKind.Null)
                continue;
            var drgns = task.GetProperty("frames").EnumerateArray().Select(frame => frame.GetUInt64().ToString("x16")).ToList();
            var frames = mine.GetProperty("frames").EnumerateArray()
                .Select(frame => BacktraceFrames.Address(frame).ToString("x16")).ToList();
            if (drgns.SequenceEqual(frames))
                continue;
            var shown = mine.GetProperty("frames").EnumerateArray().Select(frame =>
                $"{BacktraceFrames.Address(frame):x16} {BacktraceFrames.Text(frame)} {frame.GetProperty("foundBy")}");
            differences.Add($"{task.GetProperty("pid")} {task.GetProperty("command")}\n"
                + $"drgn:\n{string.Join('\n', drgns)}\n"
                + $"ours:\n{mine.GetProperty("problem")}\n{string.Join('\n', shown)}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    /// <summary>Every task's frames have the same source lines, and the same functions inlined into them.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Source_lines_and_inlined_frames_are_drgns(string name)
    {
        var dump = LabDump.Find(name);
        // What drgn is given, and nothing that this machine happens to have beside it.
        var files = new DebugFileFinder(new DebugFileOptions { Vmlinux = dump.Cell.Kernel.Vmlinux(), System = "/nonexistent" });
        using var kernel = KernelDump.Open(dump.Files, new KernelDumpOptions { DebugFiles = () => files });
        var lines = kernel.Lines;
        var differences = new List<string>();
        var compared = 0;
        foreach (var task in Ask(name).GetProperty("tasks").EnumerateArray())
        {
            if (task.GetProperty("sources").ValueKind == JsonValueKind.Null
                || kernel.Tasks.At(task.GetProperty("address").GetUInt64()) is not { } ours)
                continue;
            var drgns = task.GetProperty("sources").EnumerateArray().Where(frame => frame[2].ValueKind == JsonValueKind.String)
                .Select(frame => Inlined(frame[1].GetBoolean(), frame[0]) + $"{Shortened(frame[2].GetString()!)}:{frame[3]}")
                .ToList();
            var mine = kernel.Unwinder.Unwind(ours).Frames.SelectMany(lines.Find).Where(frame => frame.Line > 0)
                .Select(frame => Inlined(frame.IsInlined, frame.Function) + $"{Shortened(frame.Name!)}:{frame.Line}").ToList();
            compared += drgns.Count;
            if (!drgns.SequenceEqual(mine))
                differences.Add($"{task.GetProperty("pid")} {task.GetProperty("command")}\n"
                    + $"drgn:\n{string.Join('\n', drgns)}\nours:\n{string.Join('\n', mine)}");
        }
        Assert.True(compared > 100, $"only {compared} frames were compared");
        Assert.True(differences.Count == 0, string.Join("\n\n", differences.Take(5)));

        static string Inlined(bool isInlined, object? function) => isInlined ? $"inlined {function} " : "";

        // drgn takes "." and double slashes out of paths.
        static string Shortened(string path) =>
            path.Replace("/./", "/", StringComparison.Ordinal).Replace("//", "/", StringComparison.Ordinal).TrimStart('.', '/');
    }

    /// <summary>The tasks are the same, with their states.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Tasks_are_drgns(string name)
    {
        var drgns = Ask(name).GetProperty("tasks").EnumerateArray()
            .Select(task => Line(task, task.GetProperty("state").GetString()!));
        var ours = LabDump.Find(name).Ask("ps").GetProperty("tasks").EnumerateArray()
            .Where(task => task.GetProperty("pid").GetInt32() != 0)
            .Select(task => Line(task, TaskTests.LetterOf(task.GetProperty("state").GetString()!).ToString()));
        Assert.Equal(Joined(drgns), Joined(ours));

        string Line(JsonElement task, string state) =>
            $"{task.GetProperty("pid"),6} {task.GetProperty("tgid"),6} {task.GetProperty("command")} {state}";

        string Joined(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    /// <summary>The members of the types that matter lie where DWARF says: BTF, in the dump, says the same.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Types_are_drgns(string name)
    {
        var types = Ask(name).GetProperty("types");
        using var kernel = KernelDump.Open(LabDump.Find(name).Files);
        var differences = new List<string>();
        foreach (var type in Types)
        {
            var ours = kernel.Types.Parse($"struct {type}") is { } known
                ? $"size {known.Size}\n{string.Join('\n', Members(kernel.Types.Complete(known), 0))}"
                : "unknown";
            var theirs = "unknown";
            if (types.GetProperty(type) is { ValueKind: JsonValueKind.Object } layout)
            {
                var members = layout.GetProperty("members").EnumerateArray().Select(m => $"{m[1]}:{m[2]} {m[0]}");
                theirs = $"size {layout.GetProperty("size")}\n{string.Join('\n', members)}";
            }
            if (ours != theirs)
                differences.Add($"{type}\nours:\n{ours}\ndrgn's:\n{theirs}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    private static IEnumerable<string> Members(KernelType type, ulong offset)
    {
        foreach (var member in type.Members)
        {
            var at = offset + member.BitOffset;
            if (member.Name.Length > 0)
                yield return $"{at}:{member.BitSize} {member.Name}";
            else
                foreach (var inner in Members(member.Type, at))
                    yield return inner;
        }
    }

    private static JsonElement Ask(string name) => Known.GetOrAdd(name, static name => new(() => Run(LabDump.Find(name)))).Value;

    private static JsonElement Run(LabDump dump)
    {
        var script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Peers", "drgn.py"))
            .Replace("TYPES", JsonSerializer.Serialize(Types), StringComparison.Ordinal);
        var command = Lab.Peers.CommandFor("drgn", "-q", "-c", dump.Files[0], "-s", dump.Cell.Kernel.Vmlinux(), "-e", script);
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"drgn ended with {process.ExitCode}: {output}");
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
