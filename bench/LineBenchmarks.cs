using System.Globalization;
using Panicle.Formats;
using Panicle.Formats.Elf;
using Panicle.Lab;
using Panicle.Symbols.Elf;

namespace Panicle.Bench;

/// <summary>
/// What debug information costs, with the kernel's vmlinux: in a backtrace, for a variable, and for many addresses.
/// </summary>
internal static class LineBenchmarks
{
    private const int Addresses = 100_000;
    private const double SecondTime = 1.0 / 5;

    private static readonly string Folder = Cache.PathOf("bench");
    private static readonly string Indexes = Path.Combine(Folder, "indexes");

    /// <summary>Runs all of it. Returns whether every limit was kept.</summary>
    public static bool Run(int rounds, IReadOnlyList<Cell> cells)
    {
        Directory.CreateDirectory(Folder);
        foreach (var script in Directory.GetFiles(AppContext.BaseDirectory, "*.py"))
            File.Copy(script, Path.Combine(Folder, Path.GetFileName(script)), overwrite: true);
        Console.WriteLine($"load {File.ReadAllText("/proc/loadavg").Trim()}; {Environment.ProcessorCount} CPUs");
        var kept = true;
        foreach (var cell in cells)
            kept &= Backtrace(cell, rounds) & Variable(cell, rounds);
        foreach (var kernel in cells.Select(cell => cell.Kernel).DistinctBy(kernel => kernel.Name))
            kept &= ManyAddresses(kernel, rounds);
        return kept;
    }

    private static bool Backtrace(Cell cell, int rounds)
    {
        var title = $"{cell.Name}: open with vmlinux, backtrace of the panic task with source lines";
        return Contest.Run($"{title}, for the first time", rounds,
                new("Panicle", WithoutIndexes(cell, "bt -l")),
                new("drgn", Drgn(cell, "drgn-lines.py")) { TimeLimit = 1, MemoryLimit = 1 })
            & Contest.Run($"{title}, again", rounds,
                new("Panicle", WithIndexes(cell, "bt -l")),
                new("drgn", Drgn(cell, "drgn-lines.py")) { TimeLimit = SecondTime, MemoryLimit = 1 });
    }

    private static bool Variable(Cell cell, int rounds)
    {
        const string command = "p 'drivers/tty/sysrq.c'::sysrq_key_table";
        var title = $"{cell.Name}: open with vmlinux, print a variable of a source file";
        return Contest.Run($"{title}, for the first time", rounds,
                new("Panicle", WithoutIndexes(cell, command)),
                new("drgn", Drgn(cell, "drgn-variable.py")) { TimeLimit = 1, MemoryLimit = 1 })
            & Contest.Run($"{title}, again", rounds,
                new("Panicle", WithIndexes(cell, command)),
                new("drgn", Drgn(cell, "drgn-variable.py")) { TimeLimit = SecondTime, MemoryLimit = 1 });
    }

    private static string[] WithoutIndexes(Cell cell, string command) =>
        ["/bin/sh", "-c", "rm -rf \"$0\"; PANICLE_CACHE=\"$0\" exec \"$@\"", Indexes, .. Shell(cell, command)];

    private static string[] WithIndexes(Cell cell, string command) =>
        ["/bin/sh", "-c", "PANICLE_CACHE=\"$0\" exec \"$@\"", Indexes, .. Shell(cell, command)];

    private static string[] Shell(Cell cell, string command) => [Panicle, cell.Dump, cell.Kernel.Vmlinux(), "-c", command];

    private static string[] Drgn(Cell cell, string script) =>
        Peers.CommandFor("drgn", "-q", "-c", cell.Dump, "-s", cell.Kernel.Vmlinux(), Path.Combine(Folder, script));

    private static bool ManyAddresses(Kernel kernel, int rounds)
    {
        var vmlinux = kernel.Vmlinux();
        var list = Path.Combine(Folder, $"{kernel.Name}.addresses");
        WriteAddresses(vmlinux, list);
        return Contest.Run($"{kernel.Name}: {Addresses} random addresses of functions to lines, with inlined functions", rounds,
            new("Panicle", Reading(list, Panicle, "addr2line", "-afi", "-e", vmlinux)),
            new("llvm", Reading(list, "llvm-symbolizer", $"--obj={vmlinux}", "--output-style=GNU", "-a", "-f",
                "-i"))
            { TimeLimit = 1, MemoryLimit = 1 });
    }

    private static string[] Reading(string file, params string[] command) =>
        ["/bin/sh", "-c", "exec \"$@\" < \"$0\"", file, .. command];

    private static void WriteAddresses(string vmlinux, string path)
    {
        using var elf = ElfFile.TryOpen(vmlinux, Limits.Default, out var why) ?? throw new LabException($"{vmlinux}: {why}");
        var functions = ElfSymbolTable.TryOpen(elf, 0, null, out _)!.All().Where(symbol =>
            symbol.IsText && symbol.Size > 0).ToList();
        var random = new Random(1);
        File.WriteAllLines(path, Enumerable.Range(0, Addresses).Select(_ =>
        {
            var function = functions[random.Next(functions.Count)];
            return string.Create(
                CultureInfo.InvariantCulture, $"0x{function.Address + (ulong)random.NextInt64((long)function.Size):x}");
        }));
    }

    private static string Panicle { get; } = Environment.GetEnvironmentVariable("PANICLE")
        ?? throw new LabException("set PANICLE to the binary that is to be measured ('bench/bench' does)");
}
