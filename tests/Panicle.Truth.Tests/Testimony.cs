using System.Globalization;

namespace Panicle.Truth.Tests;

/// <summary>What the kernel said of itself just before it died: its /proc and /sys files as the lab brought them back.</summary>
internal sealed class Testimony(string directory)
{
    private readonly Lazy<IReadOnlyList<ThreadTruth>> _threads = new(() => ReadThreads(Path.Combine(directory, "proc")));

    /// <summary>Every thread of every process.</summary>
    public IReadOnlyList<ThreadTruth> Threads => _threads.Value;

    /// <summary>The time of the last line of the kernel's log, in seconds since boot.</summary>
    public decimal LastLogTime =>
        decimal.Parse(Lines("dmesg").Last(line => line.Contains('[', StringComparison.Ordinal)).Split('[', ']')[1],
            CultureInfo.InvariantCulture);

    /// <summary>Whether there is such a file.</summary>
    public bool Has(string path) => File.Exists(PathOf(path));

    /// <summary>Where a file of it lies.</summary>
    public string PathOf(string path) => Path.Combine(directory, path);

    /// <summary>The text of a file, such as <c>proc/meminfo</c>.</summary>
    public string Text(string path) => File.ReadAllText(Path.Combine(directory, path));

    public string[] Lines(string path) => File.ReadAllLines(Path.Combine(directory, path));

    public IEnumerable<string[]> Words(string path) =>
        Lines(path).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0);

    /// <summary>The number behind a name, in a file of lines such as <c>MemTotal: 349944 kB</c>.</summary>
    public long Number(string path, string name) =>
        long.Parse(Words(path).First(words => words[0].TrimEnd(':') == name)[1], CultureInfo.InvariantCulture);

    private static List<ThreadTruth> ReadThreads(string proc) =>
    [
        .. from process in Directory.GetDirectories(proc)
           where char.IsAsciiDigit(Path.GetFileName(process)[0])
           let tasks = Path.Combine(process, "task")
           where Directory.Exists(tasks)
           from thread in Directory.GetDirectories(tasks)
           where File.Exists(Path.Combine(thread, "status"))
           select ThreadTruth.Read(thread),
    ];
}

/// <summary>
/// A thread, as /proc showed it. The state is its letter; memory in KiB, null for threads of the kernel. Switches counts how
/// often it stopped running.
/// </summary>
internal sealed record ThreadTruth(
    int Pid, int Tgid, int ParentPid, string Command, char State, long? Virtual, long? Resident, long Switches, string[] Stack)
{
    /// <summary>Reads the files of <c>/proc/PID/task/TID</c>.</summary>
    public static ThreadTruth Read(string directory)
    {
        var status = File.ReadLines(Path.Combine(directory, "status"))
            .Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1].Trim());
        var stack = Path.Combine(directory, "stack");
        return new ThreadTruth(
            Int("Pid"), Int("Tgid"), Int("PPid"), status["Name"], status["State"][0], KiB("VmSize"), KiB("VmRSS"),
            Int("voluntary_ctxt_switches") + Int("nonvoluntary_ctxt_switches"),
            File.Exists(stack) ? File.ReadAllLines(stack) : []);

        int Int(string name) => int.Parse(status[name], CultureInfo.InvariantCulture);
        long? KiB(string name) =>
            status.TryGetValue(name, out var text) ? long.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture) : null;
    }
}
