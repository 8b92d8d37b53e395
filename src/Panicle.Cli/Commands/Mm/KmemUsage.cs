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
    /// <param name="withShared">Whether to count shared pages on a large machine, too: it takes a walk over every page of memory.</param>
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
        output.Line("                 PAGES        TOTAL      PERCENTAGE");
        WriteRow(output, "TOTAL MEM", Total, null, null);
        WriteRow(output, "FREE", Free, Total, "TOTAL MEM");
        WriteRow(output, "USED", Used, Total, "TOTAL MEM");
        if (Shared is not null)
            WriteRow(output, "SHARED", Shared, Total, "TOTAL MEM");
        WriteRow(output, "BUFFERS", Buffers, Total, "TOTAL MEM");
        WriteRow(output, "CACHED", Cached, Total, "TOTAL MEM");
        WriteRow(output, "SLAB", Slab, Total, "TOTAL MEM");
        output.Line();
        WriteRow(output, "TOTAL HUGE", HugeTotal, null, null);
        WriteRow(output, "HUGE FREE", HugeFree, HugeTotal, "TOTAL HUGE");
        output.Line();
        WriteRow(output, "TOTAL SWAP", SwapTotal, null, null);
        WriteRow(output, "SWAP USED", SwapUsed, SwapTotal, "TOTAL SWAP");
        WriteRow(output, "SWAP FREE", SwapFree, SwapTotal, "TOTAL SWAP");
        output.Line();
        WriteRow(output, "COMMIT LIMIT", CommitLimit, null, null);
        WriteRow(output, "COMMITTED", Committed, CommitLimit, "TOTAL LIMIT");
    }

    private void WriteRow(TextOutput output, string label, long? pages, long? whole, string? of)
    {
        var share = of is null ? "        ----"
            : $"  {(pages is { } part && whole is > 0 ? part * 100 / whole.Value : 0),3}% of {of}";
        var count = pages?.ToString(CultureInfo.InvariantCulture) ?? Unknown;
        output.Line($"{label,13} {count,8} {(pages is { } known ? Size(known) : ""),12} {(of is null ? share : share[1..])}".TrimEnd());
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

    // As crash counts them: pages with more than one reference.
    private static long CountShared(CommandContext context)
    {
        var kernel = context.Session.Kernel;
        var pages = kernel.Mm.Pages;
        long shared = 0;
        foreach (var zone in kernel.Mm.Zones.All.Where(zone => zone.IsPopulated))
        {
            for (var frame = zone.StartFrame; frame < zone.StartFrame + zone.Spanned; frame++)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                if (pages.TryRead(frame, out var page) && page.RefCount > 1 && !pages.Flags.IsSet(page.Flags, "reserved"))
                    shared++;
            }
        }
        return shared;
    }
}
