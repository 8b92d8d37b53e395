using System.Globalization;
using Panicle.Kernel;

namespace Panicle.Cli.Commands.Mm;

/// <summary>Memory usage in pages of the machine. What can't be read is null.</summary>
internal sealed record KmemUsage(
    long? Total, long? Free, long? Used, long? Shared, long? Buffers, long? Cached, long? Slab, long? HugeTotal, long? HugeFree,
    long? SwapTotal, long? SwapUsed, long? SwapFree, long? CommitLimit, long? Committed)
{
    private const string Unknown = "unknown";

    /// <summary>Bytes in a page.</summary>
    public ulong PageSize { get; init; }

    // 16 GiB: the walk over their pages takes a second or two.
    private const long FewPages = 4 * 1024 * 1024;

    /// <summary>Reads what the kernel counted.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="withShared">
    /// Whether to count shared pages on a large machine, too: it takes a walk over every page of memory.
    /// </param>
    public static KmemUsage Read(CommandContext context, bool withShared)
    {
        var statistics = context.Session.Kernel.Mm.Statistics;
        var losses = context.Losses;
        var total = losses.Try("TOTAL MEM", () => statistics.Total);
        if (total <= FewPages)
            withShared = true;
        else if (!withShared)
            context.Note("shared pages were not counted, since the machine has many pages; 'kmem -i=shared' counts them");
        var free = losses.Try("FREE", () => statistics.Free);
        var swap = losses.Try("TOTAL SWAP", () => statistics.SwapTotal);
        var swapFree = losses.Try("SWAP FREE", () => statistics.SwapFree);
        return new KmemUsage(
            total, free, total - free, withShared ? losses.Try("SHARED", () => CountShared(context)) : null,
            losses.Try("BUFFERS", () => statistics.Buffers), losses.Try("CACHED", () => statistics.Cached),
            losses.Try("SLAB", () => statistics.Slab), losses.Try("TOTAL HUGE", () => statistics.HugeTotal),
            losses.Try("HUGE FREE", () => statistics.HugeFree), swap, swap - swapFree, swapFree,
            losses.Try("COMMIT LIMIT", () => statistics.CommitLimit), losses.Try("COMMITTED", () => statistics.Committed))
        {
            PageSize = context.Session.Kernel.PageSize,
        };
    }

    /// <summary>Writes the table as crash does.</summary>
    public void Write(TextOutput output)
    {
        var table = new TextTable(
            Column.Right("", 13), Column.Right("PAGES", 8, gap: 1), Column.Right("TOTAL", 12, gap: 1),
            Column.Left("     PERCENTAGE", gap: 1));
        AddRow(table, "TOTAL MEM", Total, null, null);
        AddRow(table, "FREE", Free, Total, "TOTAL MEM");
        AddRow(table, "USED", Used, Total, "TOTAL MEM");
        if (Shared is not null)
            AddRow(table, "SHARED", Shared, Total, "TOTAL MEM");
        AddRow(table, "BUFFERS", Buffers, Total, "TOTAL MEM");
        AddRow(table, "CACHED", Cached, Total, "TOTAL MEM");
        AddRow(table, "SLAB", Slab, Total, "TOTAL MEM");
        table.Row();
        AddRow(table, "TOTAL HUGE", HugeTotal, null, null);
        AddRow(table, "HUGE FREE", HugeFree, HugeTotal, "TOTAL HUGE");
        table.Row();
        AddRow(table, "TOTAL SWAP", SwapTotal, null, null);
        AddRow(table, "SWAP USED", SwapUsed, SwapTotal, "TOTAL SWAP");
        AddRow(table, "SWAP FREE", SwapFree, SwapTotal, "TOTAL SWAP");
        table.Row();
        AddRow(table, "COMMIT LIMIT", CommitLimit, null, null);
        AddRow(table, "COMMITTED", Committed, CommitLimit, "TOTAL LIMIT");
        table.WriteTo(output);
    }

    private void AddRow(TextTable table, string label, long? pages, long? whole, string? of)
    {
        var share = of is null || pages is null || whole is null ? "        ----"
            : $" {(whole > 0 ? pages * 100 / whole : 0),3}% of {of}";
        table.Row(label, pages?.ToString(CultureInfo.InvariantCulture) ?? Unknown, pages is { } known ? Size(known) : "", share);
    }

    private string Size(long pages)
    {
        var kilobytes = pages * (long)(PageSize / 1024);
        return kilobytes switch
        {
            0 => "0",
            >= 1L << 20 => Short(kilobytes / 1048576.0, "GB"),
            >= 1L << 10 => Short(kilobytes / 1024.0, "MB"),
            _ => $"{kilobytes} KB",
        };
    }

    private static string Short(double number, string unit)
    {
        var text = number.ToString("F1", CultureInfo.InvariantCulture);
        return $"{(text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text)} {unit}";
    }

    // As crash counts them: pages with more than one reference. Where descriptors of pages are missing, so may be any of them.
    private static long CountShared(CommandContext context)
    {
        var kernel = context.Session.Kernel;
        var pages = kernel.Mm.Pages;
        long shared = 0;
        foreach (var zone in kernel.Mm.Zones.All.Where(zone => zone.IsPopulated))
        {
            ulong read = 0;
            for (var frame = zone.StartFrame; frame < zone.StartFrame + zone.Spanned; frame++)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                if (!pages.TryRead(frame, out var page))
                    continue;
                read++;
                if (page.RefCount > 1 && !pages.Flags.IsSet(page.Flags, "reserved"))
                    shared++;
            }
            if (read < zone.Present)
                throw new KernelReadException(
                    $"of the {zone.Present} page descriptors of zone {zone.Name} on node {zone.Node} "
                        + $"the dump has {(read == 0 ? "none" : $"only {read}")}");
        }
        return shared;
    }
}
