using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary><c>mount</c>, <c>files</c> and <c>dev</c> against /proc.</summary>
public class FileTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>The mounted file systems are those of the first process's <c>/proc/mounts</c>, in order.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Mounts_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var told = dump.Truth.Words("proc/mounts").Select(words => $"{words[0]} {words[1]} {words[2]} {words[3].Split(',')[0]}");
        var ours = dump.Ask("mount").GetProperty("mounts").EnumerateArray().Select(mount =>
            $"{Text(mount, "device")} {Text(mount, "directory")} {Text(mount, "type")} "
                + (mount.GetProperty("readOnly").GetBoolean() ? "ro" : "rw"));
        // The first mount since 7.0, beneath all others, which no process can see.
        ours = ours.Where(mount => mount != "nullfs / nullfs rw");
        AssertSame(dump, told, ours);
    }

    /// <summary>The numbers of character and block devices, with their names.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Device_numbers_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var dev = dump.Ask("dev");
        AssertSame(dump, Section("Character devices:"), Ours("character"));
        AssertSame(dump, Section("Block devices:"), Ours("block"));

        IEnumerable<string> Section(string heading) => Sorted(dump.Truth.Lines("proc/devices").SkipWhile(line => line != heading)
            .Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Trim()));
        IEnumerable<string> Ours(string kind) => Sorted(dev.GetProperty(kind).EnumerateArray()
            .Select(device => $"{device.GetProperty("major").GetUInt32()} {Text(device, "name")}"));
        IEnumerable<string> Sorted(IEnumerable<string> lines) => lines.Order(StringComparer.Ordinal).Distinct();
    }

    /// <summary>The open files of each process, its directories and its program.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Files_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var tasks = dump.Ask("files").GetProperty("tasks").EnumerateArray().Where(task => task.GetProperty("pid").GetInt32() != 0)
            .ToDictionary(task => task.GetProperty("pid").GetInt32());
        var problems = new List<string>();
        foreach (var pid in dump.Truth.Threads.Where(thread => thread.Pid == thread.Tgid && dump.StoodStill(thread))
            .Select(thread => thread.Pid))
        {
            var told = Links($"proc/{pid}/fd").Concat(Links($"proc/{pid}/links"));
            var ours = FilesOf(tasks[pid])
                .Where(file => !(dump.LacksPages && file.TryGetProperty("problem", out _)))
                .Select(file => $"{file.GetProperty("descriptor").GetInt32()} -> {Text(file, "path")}")
                .Concat([Link("cwd", "workingDirectory"), Link("root", "root"), Link("exe", "program")])
                .Where(line => line.Length > 0);
            if (dump.LacksPages ? ours.Except(told).Any() : Joined(told) != Joined(ours))
                problems.Add($"{pid}\n/proc:\n{Joined(told)}\nfiles:\n{Joined(ours)}");

            string Link(string link, string property) =>
                tasks[pid].TryGetProperty(property, out var path) && path.GetString() is { } text ? $"{link} -> {text}" : "";
        }
        Assert.True(problems.Count == 0, string.Join("\n\n", problems));

        // What a dump that lacks pages says of a table that isn't in it is null, with the reason beside it.
        IEnumerable<JsonElement> FilesOf(JsonElement task) =>
            dump.LacksPages && task.TryGetProperty("problem", out _) && task.GetProperty("files").ValueKind == JsonValueKind.Null
                ? []
                : task.GetProperty("files").EnumerateArray();
        IEnumerable<string> Links(string path) => dump.Truth.Has(path) ? dump.Truth.Lines(path) : [];
        string Joined(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    // The same lines in the same order; of a dump that lacks pages, none that aren't true.
    private static void AssertSame(LabDump dump, IEnumerable<string> told, IEnumerable<string> ours)
    {
        if (dump.LacksPages)
            Assert.Subset(told.ToHashSet(), ours.ToHashSet());
        else
            Assert.Equal(string.Join('\n', told), string.Join('\n', ours));
    }
}
