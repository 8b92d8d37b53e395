using System.Buffers.Binary;
using Panicle.Formats.Boot;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Crashkernel;

/// <summary>One part of what a capture takes.</summary>
/// <param name="What">What it is.</param>
/// <param name="Bytes">How much.</param>
/// <param name="Why">Where the number comes from.</param>
public sealed record EstimatePart(string What, ulong Bytes, string Why);

/// <summary>What somebody else would reserve.</summary>
/// <param name="Source">Who.</param>
/// <param name="Bytes">How much on this machine; 0 for nothing.</param>
/// <param name="How">By what rule.</param>
public sealed record EstimateComparison(string Source, ulong Bytes, string How);

/// <summary>How much memory a machine should reserve for its capture kernel, and why.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="CaptureCpus">How many CPUs the capture kernel starts.</param>
/// <param name="Parts">What the capture takes, part by part.</param>
/// <param name="Needed">Their sum, in bytes.</param>
/// <param name="Others">What the rules of others come to.</param>
/// <param name="Size">What to reserve, in bytes.</param>
/// <param name="Argument">The same as an argument of the kernel: <c>crashkernel=192M</c>.</param>
public sealed record ReservationEstimate(
    Machine Machine, int CaptureCpus, IReadOnlyList<EstimatePart> Parts, ulong Needed, IReadOnlyList<EstimateComparison> Others,
    ulong Size, string Argument)
{
    private const ulong Megabyte = 1 << 20;
    private const ulong Terabyte = 1UL << 40;
    private const ulong PageStructBytes = 64;

    // Below 4 GB there may be no such piece.
    private const ulong LargestLow = 768 * Megabyte;
    private const ulong Step = 16 * Megabyte;

    // Measured in captures by Linux 5.10, 6.1, 6.12 and 7.2, with one CPU and with two (docs/capture.md): slab, page tables,
    // stacks, per-CPU data, modules took 18 to 36 MB, the program's own memory 15 to 23 MB. A second CPU took at most 5 MB more.
    // What the kernel keeps of its image and sets aside at boot was 10 to 12 MB less than init_size,
    // which has room for unpacking it.
    private const ulong KernelWorking = 36 * Megabyte;
    private const ulong SaveWorking = 30 * Megabyte;
    private const ulong PerCpu = 6 * Megabyte;
    private const ulong TypicalKernel = 56 * Megabyte;
    private const ulong TypicalUnpacked = 19 * Megabyte;

    /// <summary>What the kernel and its initramfs take before anything runs: with less it doesn't come up at all.</summary>
    internal ulong Least => Parts[0].Bytes + Parts[1].Bytes;

    /// <summary>Works it out for a system as it is configured.</summary>
    public static ReservationEstimate Of(SystemRoot root, Machine machine, EffectiveConfiguration configuration)
    {
        var cpus = configuration.Number("cpus") ?? 1;
        var parts = PartsOf(root, machine, configuration, cpus);
        var needed = parts.Aggregate(0UL, (sum, part) => sum + part.Bytes);
        var memmap = needed * PageStructBytes / machine.PageSize;
        parts.Add(new EstimatePart("page structures", memmap, "64 bytes for each of its own pages"));
        needed += memmap;
        // A tenth and something for what no measurement has seen: another driver, a larger initramfs after an upgrade.
        var size = (needed + needed / 10 + Step - 1) / Step * Step;
        var argument = $"crashkernel={MemorySize.Format(size)}{(size > LargestLow ? ",high" : "")}";
        return new ReservationEstimate(machine, cpus, parts, needed, OthersOf(machine, cpus), size, argument);
    }

    private static List<EstimatePart> PartsOf(SystemRoot root, Machine machine, EffectiveConfiguration configuration, int cpus)
    {
        var image = configuration["kernel"] is { Length: > 0 } given ? given : InstalledImage.Find(root, machine.Release);
        var (kernel, from) = image is null || !root.HasFile(image) ? (TypicalKernel, "typical; the image wasn't found")
            : UnpackedKernel(root.Real(image)) is { } size ? (size, $"{image} says so (init_size)")
            : (TypicalKernel, $"typical; {image} doesn't say");
        var path = configuration["initramfs"];
        var (unpacked, source) = !root.HasFile(path) ? (TypicalUnpacked, "typical; it isn't built yet")
            : Unpacked(root.Real(path)) is { } length ? (length, path)
            : (TypicalUnpacked, $"typical; {path} doesn't say");
        List<EstimatePart> parts =
        [
            new("the kernel", kernel, from),
            new("the initramfs, unpacked", unpacked, $"the root file system, in memory: {source}"), // Packed it is gone by then.
            new("what the kernel allocates", KernelWorking, "drivers, caches, tables: 18 to 36 MB measured"),
            new("saving the dump", SaveWorking, "15 to 23 MB measured"),
            new("page bitmaps and the vmcore's map", machine.Memory / machine.PageSize / 4,
                "two bits for each page of the machine's memory: 64 MB for each TB"),
        ];
        if (cpus > 1)
            parts.Add(new("more CPUs", (ulong)(cpus - 1) * PerCpu, $"{cpus - 1} × 6 MB; up to 5 MB measured"));
        return parts;
    }

    private static List<EstimateComparison> OthersOf(Machine machine, int cpus)
    {
        var others = DistributionDefault.All.Where(entry => entry.Architecture == machine.Architecture)
            .Select(entry => new EstimateComparison(entry.Distribution, Reserved(entry.Value, machine), entry.Value)).ToList();
        var rules = ReservationRules.Of(machine.Architecture);
        if (rules.Formula > 0)
        {
            var terabytes = (machine.Memory + Terabyte / 2) / Terabyte;
            var ofMemory = rules.FormulaPerTerabyte > 0
                ? $" + {rules.FormulaPerTerabyte / Megabyte} MB × {terabytes} TB of memory" : "";
            others.Add(new("the usual formula",
                rules.Formula + rules.FormulaPerTerabyte * terabytes + 12 * (ulong)cpus * Megabyte,
                $"{rules.Formula / Megabyte} MB{ofMemory} + 12 MB × {cpus} CPUs of the capture kernel"));
        }
        return others;
    }

    private static ulong Reserved(string crashkernel, Machine machine) =>
        CrashkernelEvaluation.Of(CrashkernelArgument.ParseGiven(crashkernel), machine.Memory, machine.Architecture).Total;

    // What the kernel needs before it knows of any memory.
    private static ulong? UnpackedKernel(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> start = stackalloc byte[SetupHeader.Bytes];
            return RandomAccess.Read(file, start, 0) == start.Length && SetupHeader.TryRead(start, out var header)
                ? header.InitSize
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // RFC 1952: the last four bytes of a gzip file are the length of what is in it.
    private static ulong? Unpacked(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> bytes = stackalloc byte[4];
            var isGzip = RandomAccess.Read(file, bytes, 0) == 4 && bytes.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);
            return isGzip && RandomAccess.Read(file, bytes, RandomAccess.GetLength(file) - 4) == 4
                ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
