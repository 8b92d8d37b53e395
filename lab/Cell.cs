namespace Panicle.Lab;

/// <summary>
/// One dump that the lab can make: a kernel, what killed it, and the form that its dump is kept in. Its name is
/// <c>KERNEL/SCENARIO/FORMAT</c>, such as <c>6.1-cloud/null-deref/kdump-zstd</c>.
/// </summary>
/// <remarks>
/// Cells that differ in nothing but the format show the same crash (those whose <see cref="DumpFormat.Capture"/> is the same):
/// they share one directory, with one truth.
/// </remarks>
public sealed class Cell
{
    private readonly Crash _crash;

    internal Cell(Kernel kernel, Scenario scenario, DumpFormat format)
    {
        Kernel = kernel;
        Scenario = scenario;
        Format = format;
        _crash = new Crash(kernel, scenario, format.Capture);
    }

    /// <summary>The kernel that dies.</summary>
    public Kernel Kernel { get; }

    /// <summary>What brings the kernel down, and what its last words are.</summary>
    public Scenario Scenario { get; }

    /// <summary>The form of the dump.</summary>
    public DumpFormat Format { get; }

    /// <summary>What tests and the cache call it: <c>6.1-cloud/null-deref/kdump-zstd</c>.</summary>
    public string Name => $"{Kernel.Name}/{Scenario.Name}/{Format.Name}";

    /// <summary>Whether it has been made.</summary>
    public bool Exists => KernelFiles.IsResolved(Kernel) && _crash.Exists && Files.All(File.Exists);

    /// <summary>The directory with the dump, the truth and the console log.</summary>
    public string Directory => _crash.Directory;

    /// <summary>The dump's files: one, or several for a split dump.</summary>
    public IReadOnlyList<string> Files => [.. Format.FileNames.Select(name => Path.Combine(Directory, name))];

    /// <summary>The dump's file, the first one of a split dump.</summary>
    public string Dump => Files[0];

    /// <summary>
    /// The directory with what the kernel said of itself just before it died: <c>proc/…</c>, <c>sys/…</c>, <c>commands/…</c>,
    /// <c>dmesg</c>. For each process <c>proc/PID/fd</c> is one file with a line <c>NUMBER -> TARGET</c> for each descriptor, and
    /// <c>proc/PID/links</c> one with those of <c>cwd</c>, <c>exe</c> and <c>root</c>.
    /// </summary>
    public string Truth => Path.Combine(Directory, "truth");

    /// <summary>Everything that the guest printed, the capture kernel's lines at the end included.</summary>
    public string ConsoleLog => Path.Combine(Directory, "console.log");

    /// <summary>
    /// The kernel's log as makedumpfile reads it out of the unfiltered dump, where there is one. It has what the console lacks:
    /// lines printed in an NMI or a double fault.
    /// </summary>
    public string DumpedLog => Path.Combine(Directory, "dmesg.log");

    /// <summary>The crash module, with its debug information.</summary>
    public string CrashModule => Path.Combine(Directory, "crashme.ko");

    /// <summary>The kernel's release, as <c>uname -r</c> prints it.</summary>
    public string Release => File.ReadLines(Path.Combine(Directory, "release")).First();

    private string Elf => Path.Combine(Directory, "elf.vmcore");

    private string CompressedElf => $"{Elf}.zst";

    /// <summary>Makes it if it wasn't made yet. Returns itself.</summary>
    public Cell Make()
    {
        if (Exists)
            return this;
        if (Matrix.Make([this]) > 0)
            throw new LabException($"{Name} could not be made");
        return this;
    }

    /// <summary>
    /// Makes several cells of one crash; the unfiltered dump is compressed again afterwards unless it was asked for.
    /// </summary>
    internal static void MakeAll(IReadOnlyCollection<Cell> cellsOfOneCrash)
    {
        var missing = cellsOfOneCrash.Where(cell => !cell.Exists).ToList();
        if (missing.Count == 0)
            return;
        missing[0]._crash.Make();
        if (missing[0].Format.Capture == CaptureKind.Header)
            missing[0].Derive(missing);
    }

    private void Derive(List<Cell> cells)
    {
        if (!File.Exists(Elf))
            ToolRoot.Open(Suite.Sid).Run("zstd", "-q", "-d", "--sparse", CompressedElf, "-o", Elf);
        foreach (var cell in cells.Where(cell => !cell.Exists))
            cell.Format.Derive(Elf, Directory);
        if (!File.Exists(CompressedElf))
            ToolRoot.Open(Suite.Sid).Run("zstd", "-q", "-1", "-T2", Elf, "-o", CompressedElf);
        if (!cells.Exists(cell => cell.Format.Name == "elf"))
            File.Delete(Elf);
    }

    /// <summary>The same as <see cref="Name"/>: it names a test's case.</summary>
    public override string ToString() => Name;
}
