using System.Collections.Concurrent;

namespace Panicle.Lab;

/// <summary>Every kernel × scenario × format, and which of them are worth making.</summary>
public static class Matrix
{
    private const string FormatScenario = "null-deref";
    private const string BenchmarkKernel = "6.1-cloud";
    private const string UsualFormat = "kdump-zstd";
    private const string UnfilteredFormat = "elf";
    private const string FormatKernel = "6.1-cloud";

    private static readonly string[] EveryKernelsScenarios = [FormatScenario, "sysrq"];

    /// <summary>Every cell that exists.</summary>
    public static IReadOnlyList<Cell> All { get; } =
    [
        .. from kernel in Kernel.All
           from scenario in Scenario.All
           from format in DumpFormat.All
           where WhyNot(kernel, scenario, format) is null
           select new Cell(kernel, scenario, format),
    ];

    /// <summary>
    /// What <c>./test --full</c> makes: every scenario of every main kernel in one filtered format; every format of every main
    /// kernel for one scenario; and that scenario for the other flavours.
    /// </summary>
    public static IReadOnlyList<Cell> ForFullTests { get; } = [.. All.Where(IsForFullTests)];

    /// <summary>
    /// What <c>./test</c> makes: cells of <see cref="ForFullTests"/> that each protect something of their own (lab/README.md), or
    /// all of them with <c>$PANICLE_FULL</c>.
    /// </summary>
    public static IReadOnlyList<Cell> ForTests { get; } = IsFull ? ForFullTests : [.. ForFullTests.Where(IsForTests)];

    /// <summary>Whether every cell is to be tested: <c>$PANICLE_FULL</c> is set.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable("PANICLE_FULL") is { Length: > 0 };

    /// <summary>The cells to measure speed with.</summary>
    public static IReadOnlyList<Cell> ForBenchmarks { get; } =
        [.. All.Where(cell => cell.Scenario.IsForBenchmarks && cell.Format.Name is ("kdump-lzo" or "kdump-zstd"))];

    /// <summary>
    /// How many guests run at a time: one for each CPU, since a guest is busy with one thing at a time most of the time;
    /// or what <c>$PANICLE_LAB_JOBS</c> says.
    /// </summary>
    private static ParallelOptions Together => new()
    {
        MaxDegreeOfParallelism =
            int.TryParse(Environment.GetEnvironmentVariable("PANICLE_LAB_JOBS"), out var jobs) && jobs > 0
                ? jobs
                : Environment.ProcessorCount,
    };

    /// <summary>The combinations that can't be made, each with the reason.</summary>
    public static IEnumerable<string> Missing =>
        from kernel in Kernel.All
        from scenario in Scenario.All
        from reason in DumpFormat.All.Select(format => WhyNot(kernel, scenario, format)).OfType<string>().Distinct()
        select $"{kernel.Name}/{scenario.Name}: {reason}";

    /// <summary>Why there is no such cell, or null if there is one.</summary>
    public static string? WhyNot(Kernel kernel, Scenario scenario, DumpFormat format)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(format);
        if (scenario.IsForBenchmarks && kernel.Name != BenchmarkKernel)
            return $"speed is measured with {BenchmarkKernel} only";
        return null;
    }

    /// <summary>The cell of a name such as <c>6.1-cloud/null-deref/kdump-zstd</c>.</summary>
    public static Cell Find(string name) =>
        All.FirstOrDefault(cell => cell.Name == name)
        ?? throw new LabException($"there is no cell {name}: `lab list` names them all");

    /// <summary>The cells that match a pattern, in which a <c>*</c> stands for anything within one part of the name.</summary>
    public static IReadOnlyList<Cell> Match(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var parts = pattern.Split('/');
        var cells = All.Where(cell => Matches(cell, parts)).ToList();
        return cells.Count > 0 ? cells : throw new LabException($"no cell matches {pattern}: `lab list` names them all");
    }

    /// <summary>
    /// Makes those of the cells that aren't made yet, each crash once, and says which could not be made.
    /// Returns how many crashes failed.
    /// </summary>
    public static int Make(IEnumerable<Cell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        using (Cache.Lock())
        {
            HostTools.Install();
            var failed = 0;
            var crashes = cells.GroupBy(cell => cell.Directory).Select(crash => crash.ToArray());
            Parallel.ForEach(Partitioner.Create(crashes, EnumerablePartitionerOptions.NoBuffering), Together, crash =>
            {
                if (!Try($"{crash[0].Kernel.Name}/{crash[0].Scenario.Name}", () => Cell.MakeAll(crash)))
                    Interlocked.Increment(ref failed);
            });
            Snapshot.DeleteAll();
            return failed;
        }
    }

    /// <summary>Makes those that aren't made yet, and says which could not be made. Returns how many failed.</summary>
    public static int Make(IEnumerable<Channels> crashes)
    {
        ArgumentNullException.ThrowIfNull(crashes);
        using (Cache.Lock())
        {
            HostTools.Install();
            var failed = 0;
            Parallel.ForEach(Partitioner.Create(crashes, EnumerablePartitionerOptions.NoBuffering), Together, crash =>
            {
                if (!Try(crash.Name, crash.Make))
                    Interlocked.Increment(ref failed);
            });
            return failed;
        }
    }

    /// <summary>Deletes crashes that were made from kernels, sources or definitions that are not the present ones.</summary>
    public static void DeleteOld()
    {
        using (Cache.Lock())
        {
            var wanted = All.Where(cell => cell.Exists).Select(cell => cell.Directory)
                .Concat(Channels.ForTests.Where(crash => crash.Exists).Select(crash => crash.Directory))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var release in Directory.GetFiles(Cache.PathOf("crashes"), "release", SearchOption.AllDirectories))
                if (Path.GetDirectoryName(release) is { } directory && !wanted.Contains(directory))
                    Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Try(string name, Action make)
    {
        try
        {
            make();
            return true;
        }
        catch (LabException problem)
        {
            Log.Line($"{name} failed: {problem.Message}");
            return false;
        }
    }

    // Kernels differ in their structures, which the two usual crashes show on each; scenarios in what the kernel does, which one
    // kernel shows, so that they take turns; formats in what makedumpfile and QEMU write, which the kernel has no part in.
    private static bool IsForTests(Cell cell)
    {
        if (!cell.Kernel.IsMain)
            return true;
        if (cell.Scenario.Name == FormatScenario && cell.Format.Name is not (UsualFormat or UnfilteredFormat))
            return cell.Kernel.Name == FormatKernel;
        var kernels = Kernel.All.Where(kernel => kernel.IsMain).ToList();
        return EveryKernelsScenarios.Contains(cell.Scenario.Name)
            || kernels[Array.IndexOf(Scenario.All, cell.Scenario) % kernels.Count] == cell.Kernel;
    }

    private static bool IsForFullTests(Cell cell) =>
        cell is { Kernel.IsMain: true, Scenario: { IsForBenchmarks: false, IsForSamples: false } }
            ? cell.Format.Name == (cell.Scenario.Format ?? (cell.Scenario.IsUnfiltered ? UnfilteredFormat : UsualFormat))
            || cell.Scenario.Name == FormatScenario
            : cell.Scenario.Name == FormatScenario && cell.Format.Name == UsualFormat;

    private static bool Matches(Cell cell, string[] parts)
    {
        string[] names = [cell.Kernel.Name, cell.Scenario.Name, cell.Format.Name];
        return parts.Length <= names.Length
            && parts.Zip(names).All(pair =>
                System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pair.First, pair.Second, ignoreCase: false));
    }
}
