using Panicle.Kernel;
using Panicle.Kernel.Mm;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// An area of the vmalloc space. Use is in the words of /proc/vmallocinfo; Caller is the function that made it. Size in bytes.
/// </summary>
internal sealed record KmemVmallocArea(
    Address VmapArea, Address VmStruct, Address Start, Address End, ulong Size, string Use, string? Caller, Address? Physical)
{
    public static KmemVmallocArea Of(KernelDump kernel, VmallocArea area)
    {
        string? caller = null;
        if (area.Caller != 0 && kernel.Symbols.TryLookup(area.Caller, out var symbol))
            caller = new CodePlace(symbol.Name, area.Caller - symbol.Address).ToString();
        return new KmemVmallocArea(
            area.Address, area.VmStruct, area.Range.Start, area.Range.End, area.Range.Length, area.Use, caller,
            area.PhysicalAddress == 0 ? null : area.PhysicalAddress);
    }

    /// <summary>Writes the table that crash prints, and behind each area what it is for.</summary>
    public static void Write(IEnumerable<KmemVmallocArea> areas, TextOutput output)
    {
        var table = new TextTable(
            Column.Centred("VMAP_AREA"), Column.Centred("VM_STRUCT"), Column.Centred("ADDRESS RANGE", 35),
            Column.Right("SIZE", 7), Column.Left(""));
        foreach (var area in areas)
            table.Row(
                area.VmapArea.ToString(), area.VmStruct.ToString(), $"{area.Start} - {area.End}", $"{area.Size}",
                $"{area.Use} {area.Caller}");
        table.WriteTo(output);
    }
}

/// <summary>Counters under a heading.</summary>
internal sealed record KmemCounters(string Title, IReadOnlyList<KmemCounter> Counters)
{
    /// <summary>Puts counters under a heading.</summary>
    public static KmemCounters Of(string title, IReadOnlyList<MemoryCounter> counters) =>
        new(title, [.. counters.Select(counter => new KmemCounter(counter.Name, counter.Value))]);

    /// <summary>Writes them, names flush right.</summary>
    public void Write(TextOutput output)
    {
        output.Line($"  {Title}:");
        var width = Counters.Count == 0 ? 0 : Math.Min(Counters.Max(counter => counter.Name.Length), 26);
        foreach (var counter in Counters)
            output.Line($"{counter.Name.PadLeft(width)}: {counter.Value}");
    }
}

/// <summary>A counter, by its name in the kernel's enum.</summary>
internal sealed record KmemCounter(string Name, long Value);

/// <summary>A zone. Sizes and watermarks in pages.</summary>
internal sealed record KmemZone(
    int Node, int Index, Address Zone, string Name, ulong StartFrame, ulong Size, ulong Present, ulong Managed, long? Min,
    long? Low, long? High, IReadOnlyList<KmemCounter> Counters)
{
    public static KmemZone Of(CommandContext context, MemoryZone zone)
    {
        var name = $"zone {zone.Name}";
        var counters = context.Losses.Try(name, () => context.Session.Kernel.Mm.Statistics.CountersOf(zone)) ?? [];
        var marks = context.Losses.Try(name, () => WatermarksOf(zone));
        return new KmemZone(
            zone.Node, zone.Index, zone.Value.Address, zone.Name, zone.StartFrame, zone.Spanned, zone.Present, zone.Managed,
            marks?.Min, marks?.Low, marks?.High, [.. counters.Select(counter => new KmemCounter(counter.Name, counter.Value))]);
    }

    private static (long Min, long Low, long High) WatermarksOf(MemoryZone zone)
    {
        var marks = zone.Value.Has("_watermark") ? zone.Value["_watermark"] : zone.Value["watermark"];
        var boost = zone.Value.Has("watermark_boost") ? zone.Value["watermark_boost"].ToInt64() : 0;
        return (marks[0].ToInt64() + boost, marks[1].ToInt64() + boost, marks[2].ToInt64() + boost);
    }

    /// <summary>Writes the zone as crash does.</summary>
    public void Write(TextOutput output)
    {
        output.Line($"NODE: {Node}  ZONE: {Index}  ADDR: {Zone}  NAME: \"{Name}\"");
        if (Size == 0)
        {
            output.Line("  [unpopulated]");
            return;
        }
        output.Line($"  SIZE: {Size}{(Present == Size ? "" : $"  PRESENT: {Present}")}  MIN/LOW/HIGH: {Min}/{Low}/{High}");
        new KmemCounters("VM_STAT", Counters).Write(output);
    }
}

/// <summary>A zone's free memory. Free is what the zone counts, in pages.</summary>
internal sealed record KmemFreeZone(
    int Index, string Name, ulong Size, long Free, Address FirstPage, Address FirstPhysical, ulong FirstFrame,
    IReadOnlyList<KmemFreeList> Lists)
{
    /// <summary>Walks the free lists of a zone.</summary>
    public static KmemFreeZone Of(CommandContext context, MemoryZone zone)
    {
        var kernel = context.Session.Kernel;
        var lists = new List<KmemFreeList>();
        foreach (var blocks in kernel.Mm.Zones.FreeBlocksOf(zone, context.Losses))
        {
            foreach (var list in blocks.Lists)
                lists.Add(new KmemFreeList(blocks.Order, list.Head, list.Pages.Count, (long)list.Pages.Count << blocks.Order));
        }
        var free = kernel.Mm.Statistics.CountersOf(zone).First(counter => counter.Name == "NR_FREE_PAGES").Value;
        return new KmemFreeZone(zone.Index, zone.Name, zone.Spanned, free, kernel.Mm.Pages.AddressOf(zone.StartFrame),
            zone.StartFrame << kernel.PageShift, zone.StartFrame, lists);
    }

    /// <summary>Writes the zone as crash does.</summary>
    public void Write(TextOutput output)
    {
        // crash's headings stand a little off what is under them:
        // the last two are wider, and all of the second table's lie to the left.
        var zone = new TextTable(
            Column.Left("ZONE"), Column.Left("NAME", 9), Column.Right("SIZE", 6, gap: 1), Column.Right("FREE", 6),
            Column.Centred("MEM_MAP"), Column.Left("START_PADDR  START_MAPNR"));
        zone.Row($"{Index,3}", Name, $"{Size}", $"{Free}", FirstPage.ToString(), $"{FirstPhysical.Value,8:x}  {FirstFrame,11}");
        zone.WriteTo(output);
        var lists = new TextTable(
            Column.Left("AREA"), Column.Right("SIZE ", 8, gap: 1), Column.Right("FREE_AREA_STRUCT ", gap: 1),
            Column.Right("BLOCKS ", gap: 1), Column.Right("PAGES ", gap: 1));
        foreach (var list in Lists)
            lists.Row($"{list.Order,3}", $"{4 << list.Order}k", list.List.ToString(), $"{list.Blocks}", $"{list.Pages}");
        lists.WriteTo(output);
    }
}

/// <summary>One list of free blocks of 2^Order pages.</summary>
internal sealed record KmemFreeList(int Order, Address List, int Blocks, long Pages);
