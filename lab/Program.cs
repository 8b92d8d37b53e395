
namespace Panicle.Lab;

/// <summary>The command line of the lab.</summary>
internal static class Program
{
    private const string Usage = """
        lab: real Linux kernels, crashing for real, under QEMU

          lab list [PATTERN]       the cells that there are (+ made, - not made yet), and those that can't be, with the reason
          lab make PATTERN…        make cells; KERNEL, KERNEL/SCENARIO or KERNEL/SCENARIO/FORMAT, with * for anything
          lab make --set tests     the cells that the test suite uses
          lab make --set channels  the tests' crashes as netconsole and pstore tell them
          lab make --set bench     the cells that speed is measured with
          lab make --all           every cell
          lab path CELL            where a made cell's dump lies
          lab vmlinux KERNEL       the kernel with its debug information (downloads some 300 MB)
          lab samples DIRECTORY    the small dumps that are kept in git
          lab functions FILE       in which source file each function of the kernels is whose vmlinux is here; writes the table
                                   src/Panicle.Logs/Layers/functions.bin
          lab peers                a root with other tools for dumps in it: crash, drgn, makedumpfile
          lab machine KERNEL PANICLE SCRIPT [DIRECTORY]
                                   runs a shell script on a whole machine with this panicle installed; then copies its /var/crash out
          lab clean                delete all that was made; downloads stay
          lab clean --old          delete what was made from older kernels or sources

        A cell is a dump: KERNEL/SCENARIO/FORMAT, such as 6.1-cloud/null-deref/kdump-zstd.
        Everything is kept in $PANICLE_LAB_CACHE, else in panicle/lab of the user's cache directory.
        """;

    private static int Main(string[] words)
    {
        try
        {
            return Run(words);
        }
        catch (LabException problem)
        {
            Console.Error.WriteLine($"lab: {problem.Message}");
            return 1;
        }
    }

    private static int Run(string[] words)
    {
        switch (words)
        {
            case ["list"]:
                return List(Matrix.All, Matrix.Missing);
            case ["list", var pattern]:
                return List(Matrix.Match(pattern), []);
            case ["make", "--all"]:
                return Make(Matrix.All);
            case ["make", "--set", "tests"]:
                return Math.Max(Make(Matrix.ForTests), MakeChannels());
            case ["make", "--set", "channels"]:
                return MakeChannels();
            case ["make", "--set", "bench"]:
                return Make(Matrix.ForBenchmarks);
            case ["make", _, ..]:
                return Make([.. words[1..].SelectMany(Matrix.Match).Distinct()]);
            case ["path", var name]:
                return Print(Matrix.Find(name).Dump);
            case ["vmlinux", var name]:
                return Vmlinux(name);
            case ["samples", var directory]:
                Samples.Make(directory);
                return 0;
            case ["functions", var table]:
                return Functions(table);
            case ["peers"]:
                return Print(Peers.Make());
            case ["machine", var kernel, var program, var script, ..]:
                return RunMachine(kernel, program, script, words.Length > 4 ? words[4] : null);
            case ["clean"]:
                Clean();
                return 0;
            case ["clean", "--old"]:
                Matrix.DeleteOld();
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return words is ["--help" or "help"] ? 0 : 2;
        }
    }

    private static int List(IEnumerable<Cell> cells, IEnumerable<string> missing)
    {
        foreach (var cell in cells)
            Console.WriteLine($"{(cell.Exists ? '+' : '-')} {cell.Name}");
        foreach (var line in missing)
            Console.WriteLine($"x {line}");
        return 0;
    }

    private static int Make(IReadOnlyList<Cell> cells)
    {
        var failed = Matrix.Make(cells);
        foreach (var cell in cells.Where(cell => cell.Exists))
            Console.WriteLine(cell.Dump);
        return failed == 0 ? 0 : 1;
    }

    private static int MakeChannels()
    {
        var failed = Matrix.Make(Channels.ForTests);
        foreach (var crash in Channels.ForTests.Where(crash => crash.Exists))
            Console.WriteLine(crash.Directory);
        return failed == 0 ? 0 : 1;
    }

    private static int Vmlinux(string name) => Print(Named(name).Vmlinux());

    private static int Functions(string table)
    {
        var places = new FunctionSources();
        foreach (var kernel in Kernel.All)
            kernel.AddFunctions(places);
        places.AddModulesFound();
        var made = FunctionTableFile.Make(places.Places);
        File.WriteAllBytes(table, made);
        Console.WriteLine($"{places.Places.Count} names, {made.Length} bytes");
        return 0;
    }

    private static Kernel Named(string name) => Array.Find(Kernel.All, kernel => kernel.Name == name)
        ?? throw new LabException($"no kernel {name}; there are {string.Join(", ", Kernel.All.Select(kernel => kernel.Name))}");

    private static int RunMachine(string kernel, string program, string script, string? directory)
    {
        HostTools.Install();
        using var machine = Machine.Run(
            Named(kernel), program, new MachineOptions(File.ReadAllText(script)) { SecondDiskMegabytes = 1024 });
        Console.Write(machine.Console);
        if (directory is not null)
            Machine.CopyOut(machine.RootDisk, "/var/crash", directory);
        return machine.HasEnded ? 0 : 1;
    }

    private static int Print(string line)
    {
        Console.WriteLine(line);
        return 0;
    }

    private static void Clean()
    {
        foreach (var name in new[] { "crashes", "snapshots", "scratch" })
            if (Directory.Exists(Cache.PathOf(name)))
                Directory.Delete(Cache.PathOf(name), recursive: true);
    }
}
