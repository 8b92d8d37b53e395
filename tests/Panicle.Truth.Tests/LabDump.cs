using System.Collections.Concurrent;
using System.Text.Json;
using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>
/// One dump of the lab: what Panicle says about it, and beside it what the kernel said of itself before it died.
/// </summary>
internal sealed class LabDump
{
    /// <summary>
    /// Narrows the tests while one works on them: patterns of cells' names ("6.1-cloud/*/*"). With "made" in front, the dumps
    /// that lie in the lab's cache are taken as they are, even if the lab would make them anew.
    /// </summary>
    private const string NarrowingVariable = "PANICLE_LAB_CELLS";

    private static readonly ConcurrentDictionary<string, LabDump> Known = [];

    private static readonly bool TakesWhatIsMade = Environment.GetEnvironmentVariable(NarrowingVariable)?.Split(' ')[0] == "made";

    private readonly Lazy<Answers> _answers;
    private readonly Lazy<KernelConsole> _console;

    private LabDump(Cell cell, string directory)
    {
        Cell = cell;
        Files = [.. cell.Format.FileNames.Select(name => Path.Combine(directory, name))];
        Truth = new Testimony(Path.Combine(directory, "truth"));
        Folder = directory;
        _answers = new(() => Answers.Of(Files));
        _console = new(() => KernelConsole.Read(Path.Combine(directory, "console.log"), Truth.LastLogTime));
    }

    /// <summary>The dumps that the test suite is about.</summary>
    public static IReadOnlyList<Cell> Cells { get; } = [.. Narrow(Matrix.ForTests)];

    // Where the lab put it.
    /// <summary>The module that crashed the machine, with its debug information.</summary>
    public string ModuleFile => Path.Combine(Folder, "crashme.ko");

    private string Folder { get; }

    /// <summary>
    /// A text with the kernel's last words: the console; the log as makedumpfile read it where the console never got them
    /// (<see cref="KernelConsole.HasLastWords"/>).
    /// </summary>
    public string CrashLogFile => Path.Combine(Folder, Console.HasLastWords ? "console.log" : "dmesg.log");

    /// <summary>The lab's name for it.</summary>
    public Cell Cell { get; }

    /// <summary>The dump's files: one, or those of a split dump.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>What the kernel said of itself just before it died.</summary>
    public Testimony Truth { get; }

    /// <summary>What the kernel printed while it died.</summary>
    public KernelConsole Console => _console.Value;

    /// <summary>
    /// The kernel's lines after its testimony: those on the console; the log's where the console never got them
    /// (<see cref="KernelConsole.HasLastWords"/>).
    /// </summary>
    public IReadOnlyList<ConsoleLine> LastWords => Console.HasLastWords ? Console.Lines : [.. LogAfterTestimony];

    /// <summary>The log's lines after the testimony.</summary>
    private IEnumerable<ConsoleLine> LogAfterTestimony =>
        from record in Ask("log").GetProperty("records").EnumerateArray()
        let time = record.GetProperty("seconds").GetDecimal()
        where time >= Truth.LastLogTime + 0.000_001m
        from line in record.GetProperty("text").GetString()!.Split('\n')
        select new ConsoleLine(time, line);

    /// <summary>
    /// Whether the filter dropped pages that it should have kept: makedumpfile 1.7.8 misjudges pages of kernels that are newer
    /// than it knows. Such a dump may lack any value, each with the reason; those that it has must be right.
    /// </summary>
    public bool LacksPages =>
        Cell.Kernel.Name == "7.2-cloud" && (Cell.Format.Makedumpfile?.Contains("-d 31", StringComparison.Ordinal)
        ?? Cell.Format.Capture == CaptureKind.GuestFilter);

    /// <summary>
    /// Whether return addresses of its tasks were replaced by those of tracers: other programs, and in parts the kernel itself,
    /// show those (<see cref="TracedTests"/> compares with the sources).
    /// </summary>
    public static bool HasReplacedReturns(Cell cell) => cell.Scenario.Name == "traced";

    /// <summary>
    /// Whether the dump was made by kexec's capture kernel: its registers are those that the crash handed over.
    /// </summary>
    public bool IsByKexec => Cell.Format.Capture != CaptureKind.Qemu;

    /// <summary>The dump of a cell.</summary>
    public static LabDump Find(string name) => Known.GetOrAdd(name, static name => Open(Matrix.Find(name)));

    /// <summary>The names of those dumps that fulfil a condition, as the rows of a theory.</summary>
    public static TheoryData<string> Rows(Func<Cell, bool> condition) => [.. Cells.Where(condition).Select(cell => cell.Name)];

    /// <summary>The result of a command, one of <see cref="Answers.Commands"/>.</summary>
    public JsonElement Ask(string command) => _answers.Value.To(command);

    /// <summary>The PIDs in the initial PID namespace's IDR.</summary>
    public IReadOnlyList<int> IdrPids => _answers.Value.IdrPids;

    /// <summary>The memory areas of a process, as the first two words of the lines of <c>/proc/PID/maps</c>.</summary>
    public IReadOnlyList<string>? MapsOf(int pid) => _answers.Value.Maps.GetValueOrDefault(pid, []);

    /// <summary>Whether a thread never ran between the testimony and the crash: all that it was it still is.</summary>
    public bool StoodStill(ThreadTruth thread) =>
        _answers.Value.Switches.TryGetValue(thread.Pid, out var switches) && switches == thread.Switches;

    private static LabDump Open(Cell cell)
    {
        if (TakesWhatIsMade)
            return new LabDump(cell, MadeDirectory(cell)!);
        // './test' makes all that the tests need, and says of each that it could not make, why.
        if (!cell.Exists)
            Assert.Skip("the lab's dump was not made: 'lab/lab make CELL' makes it, or says why it can't");
        return new LabDump(cell, cell.Directory);
    }

    private static IEnumerable<Cell> Narrow(IEnumerable<Cell> cells)
    {
        var patterns = Environment.GetEnvironmentVariable(NarrowingVariable)?.Split(' ').Where(word => word is not ("" or "made"))
            .ToList() ?? [];
        if (patterns.Count > 0)
            cells = patterns.SelectMany(Matrix.Match).Distinct();
        return TakesWhatIsMade ? cells.Where(cell => MadeDirectory(cell) is not null) : cells;
    }

    // The newest directory of the crash, of whichever version, that has the dump.
    private static string? MadeDirectory(Cell cell)
    {
        var suffix = cell.Format.Capture switch
        {
            CaptureKind.GuestCopy => ".copied",
            CaptureKind.GuestFilter => ".filtered",
            CaptureKind.Qemu => ".qemu",
            _ => "",
        };
        var versions = new DirectoryInfo(Cache.PathOf("crashes", cell.Kernel.Name, cell.Scenario.Name + suffix));
        return !versions.Exists ? null : versions.GetDirectories()
            .Where(version => cell.Format.FileNames.All(name => File.Exists(Path.Combine(version.FullName, name))))
            .MaxBy(version => version.CreationTimeUtc)?.FullName;
    }
}
