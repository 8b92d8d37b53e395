using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Json;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Mm;

namespace Panicle.Cli.Commands.Mm;

/// <summary>What was asked about memory: one of these for each option, the others null.</summary>
internal sealed record KmemResult
{
    public KmemUsage? Usage { get; init; }

    /// <summary>kmem -s and -S</summary>
    public IReadOnlyList<KmemCache>? Caches { get; init; }

    public IReadOnlyList<KmemVmallocArea>? VmallocAreas { get; init; }

    public IReadOnlyList<KmemCounters>? Statistics { get; init; }

    public IReadOnlyList<KmemZone>? Zones { get; init; }

    public IReadOnlyList<KmemFreeZone>? FreeMemory { get; init; }

    public IReadOnlyList<KmemAddress>? Addresses { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(KmemResult))]
internal sealed partial class KmemJson : JsonSerializerContext;

internal sealed class KmemCommand : Command<KmemResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("kmem", "memory: usage, slab caches, zones, what an address belongs to")
    {
        Options =
        [
            Option.Flag("-i", "how much memory is used for what"),
            Option.Flag(
                "-i=shared", "-i, and shared pages counted above 16 GB of memory, too, which takes a walk over all pages"),
            Option.Flag("-s", "the slab caches, or those that are named"),
            Option.Flag("-S", "the slab caches that are named, with every slab and object that isn't in a full slab"),
            Option.Flag("-v", "the areas of the vmalloc space"),
            Option.Flag("-V", "counters of the memory management"),
            Option.Flag("-z", "the zones"),
            Option.Flag("-f", "the zones' lists of free blocks"),
            Option.Flag("-P", "the addresses are physical"),
        ],
        OneOf = [new("-i", "-i=shared", "-s", "-S", "-v", "-V", "-z", "-f")],
        Operands = [Operand.Any("ADDRESS | SYMBOL | CACHE", Completes.Symbols)],
        Description = """
            For an address: what it belongs to. A symbol, a module, an object of a slab cache and whether it is allocated
            or free (in brackets: allocated), a task, a kernel stack, a CPU's own memory, a vmalloc area, user memory of the
            current task, a free block, the page. An address that is neither the kernel's nor in the current task's memory is taken
            as a physical one.

            -i counts what the kernel itself would have shown in /proc/meminfo: COMMITTED includes what each CPU keeps count
            of on its own.

            -s counts ALLOCATED without the objects that wait in CPUs' and nodes' caches for their next use; /proc/slabinfo
            counts those as active.
            """,
        Examples =
        [
            new("kmem -i", """
                                 PAGES        TOTAL      PERCENTAGE
                    TOTAL MEM   199681       780 MB         ----
                         FREE   182161     711.6 MB   91% of TOTAL MEM
                         USED    17520      68.4 MB    8% of TOTAL MEM
                       SHARED      418       1.6 MB    0% of TOTAL MEM
                      BUFFERS        0            0    0% of TOTAL MEM
                       CACHED     7705      30.1 MB    3% of TOTAL MEM
                         SLAB     4467      17.4 MB    2% of TOTAL MEM
                ...
                """),
            new("kmem ff2e6e8581281cc0", """
                ff2e6e8581281cc0: an allocated object of slab cache kmalloc-64
                CACHE             OBJSIZE  ALLOCATED     TOTAL  SLABS  SSIZE  NAME
                ff2e6e8581034500       64       1601      1728     27     4k  kmalloc-64
                  SLAB              MEMORY            NODE  TOTAL  ALLOCATED  FREE
                  ff95db348004a040  ff2e6e8581281000     0     64         63     1
                  FREE / [ALLOCATED]
                  [ff2e6e8581281cc0]

                      PAGE       PHYSICAL      MAPPING       INDEX CNT FLAGS
                ff95db348004a040  1281000 ff2e6e8581034500 ff2e6e8581281600  1 fffffc0000200 slab
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<KmemResult> JsonType => KmemJson.Default.KmemResult;

    /// <inheritdoc/>
    protected override KmemResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var mm = context.Session.Kernel.Mm;
        if (arguments.Has("-i") || arguments.Has("-i=shared"))
            return new KmemResult { Usage = KmemUsage.Read(context, arguments.Has("-i=shared")) };
        if (arguments.Has("-s") || arguments.Has("-S"))
            return new KmemResult { Caches = Caches(context, arguments) };
        if (arguments.Has("-v"))
            return new KmemResult { VmallocAreas = VmallocAreas(context) };
        if (arguments.Has("-V"))
            return new KmemResult { Statistics = Statistics(mm.Statistics) };
        if (arguments.Has("-z"))
            return new KmemResult { Zones = [.. Zones(context).Select(zone => KmemZone.Of(context, zone))] };
        if (arguments.Has("-f"))
            return new KmemResult
            {
                FreeMemory = [.. Zones(context).Where(zone => zone.IsPopulated).Select(zone => KmemFreeZone.Of(context, zone))]
            };
        if (arguments.Operands.Count == 0)
            throw new UsageException("say what to show: an option or an address");
        return new KmemResult
        {
            Addresses = [.. arguments.Operands.Select(operand => Find(context, operand, arguments.Has("-P")))]
        };
    }

    /// <inheritdoc/>
    protected override void WriteText(KmemResult result, View view, TextOutput output)
    {
        result.Usage?.Write(output);
        if (result.Caches is { } caches)
            WriteCaches(caches, output);
        if (result.VmallocAreas is { } areas)
            KmemVmallocArea.Write(areas, output);
        WriteParted(result.Statistics, output, counters => counters.Write(output));
        WriteParted(result.Zones, output, zone => zone.Write(output));
        WriteParted(result.FreeMemory, output, zone => zone.Write(output));
        WriteParted(result.Addresses, output, address => address.Write(output));
    }

    private static IReadOnlyList<KmemCounters> Statistics(MemoryStatistics statistics) =>
    [
        KmemCounters.Of("VM_ZONE_STAT", statistics.ZoneCounters), KmemCounters.Of("VM_NODE_STAT", statistics.NodeCounters),
        KmemCounters.Of("VM_EVENT_STATES", statistics.Events),
    ];

    private static IReadOnlyList<MemoryZone> Zones(CommandContext context)
    {
        var zones = context.Session.Kernel.Mm.Zones;
        context.Losses.Add(zones.Losses);
        return zones.All;
    }

    private static IReadOnlyList<KmemVmallocArea> VmallocAreas(CommandContext context)
    {
        var kernel = context.Session.Kernel;
        context.Losses.Add(kernel.Mm.Vmalloc.Losses);
        return [.. kernel.Mm.Vmalloc.All.Select(area => KmemVmallocArea.Of(kernel, area))];
    }

    private static IReadOnlyList<KmemCache> Caches(CommandContext context, ParsedArguments arguments)
    {
        var slabs = context.Session.Kernel.Mm.Slabs;
        context.Losses.Add(slabs.Losses);
        if (arguments.Operands.Count == 0 && arguments.Has("-S"))
            throw new UsageException("-S needs the name of a slab cache; 'kmem -s' lists them");
        var wanted = arguments.Operands.Count == 0 ? slabs.All : [.. arguments.Operands.Select(name => Cache(slabs, name))];
        var caches = new List<KmemCache>();
        foreach (var cache in wanted)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var row = KmemCache.Of(context, cache);
            caches.Add(arguments.Has("-S") ? row with { SlabDetails = SlabsOf(context, cache) } : row);
        }
        return caches;
    }

    private static SlabCache Cache(SlabCaches slabs, string name) =>
        slabs.All.FirstOrDefault(cache => cache.Name == name)
        ?? (Numbers.TryParseAddress(name, out var address) ? slabs.At(address) : null)
        ?? throw new CommandException($"there is no slab cache '{name}'; 'kmem -s' lists them");

    private static IReadOnlyList<KmemSlab> SlabsOf(CommandContext context, SlabCache cache)
    {
        var kernel = context.Session.Kernel;
        var found = new List<KmemSlab>();
        foreach (var cpu in kernel.Cpus.Possible)
        {
            var index = 0;
            foreach (var slab in kernel.Mm.Slabs.CpuSlabsOf(cache, cpu))
                found.Add(KmemSlab.Of(context, cache, slab, index++ == 0 && slab.IsFrozen ? $"cpu {cpu}" : $"cpu {cpu} partial"));
        }
        foreach (var slab in kernel.Mm.Slabs.PartialSlabsOf(cache, context.Losses))
            found.Add(KmemSlab.Of(context, cache, slab, "node partial"));
        return found;
    }

    private static KmemAddress Find(CommandContext context, string operand, bool isPhysical)
    {
        var kernel = context.Session.Kernel;
        var address = Places.Parse(context, operand);
        if (isPhysical)
            return KmemAddress.Of(context, kernel.Mm.Addresses.FindPhysical(address, context.Losses));
        var process = kernel.Memory.IsKernelAddress(address) ? null : context.Session.CurrentTask;
        var info = kernel.Mm.Addresses.Find(address, process, context.Losses);
        var looksPhysical = info is { Region.Kind: MemoryRegionKind.User, Area: null, Physical: null }
            && address >= kernel.PageSize && address < kernel.Memory.Physical.Limit;
        return KmemAddress.Of(context, looksPhysical ? kernel.Mm.Addresses.FindPhysical(address, context.Losses) : info);
    }

    private static void WriteCaches(IReadOnlyList<KmemCache> caches, TextOutput output)
    {
        if (caches.All(cache => cache.SlabDetails is null))
        {
            KmemCache.Write(caches, output);
            return;
        }
        foreach (var cache in caches)
        {
            KmemCache.Write([cache], output);
            foreach (var slab in cache.SlabDetails ?? [])
            {
                output.Line($"{slab.List!.ToUpperInvariant()}:");
                slab.Write(output);
            }
        }
    }

    private static void WriteParted<T>(IReadOnlyList<T>? parts, TextOutput output, Action<T> write)
    {
        for (var i = 0; i < (parts?.Count ?? 0); i++)
        {
            if (i > 0)
                output.Line();
            write(parts![i]);
        }
    }
}
