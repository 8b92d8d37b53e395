using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// A <c>struct page</c> in results: its address, its physical address, the raw words, the names of its flags, and its page
/// type if it has one ("slab", "buddy", "table"…; null for others, and where a flag says it).
/// </summary>
internal sealed record PageRow(
    Address Page, Address Physical, Address Mapping, ulong Index, int Count, Address Flags, IReadOnlyList<string> FlagNames,
    string? Type)
{
    public static PageRow Of(KernelDump kernel, PageDescriptor page)
    {
        var pages = kernel.Mm.Pages;
        return new PageRow(page.Address, page.Physical, page.Mapping, page.Index, page.RefCount, page.Flags,
            [.. pages.Flags.NamesOf(page.Flags)], pages.Types.NameOf(page.MapCount));
    }

    /// <summary>The page that describes a physical address; null where it can't be read.</summary>
    public static PageRow? OfPhysical(KernelDump kernel, ulong physical) =>
        kernel.Mm.Pages.TryRead(physical >> kernel.PageShift, out var page) ? Of(kernel, page) : null;

    /// <summary>Writes the page under crash's headings.</summary>
    public void Write(TextOutput output)
    {
        var names = Type is null ? FlagNames : [.. FlagNames, Type];
        var table = new TextTable(
            Column.Centred("PAGE"), Column.Right("PHYSICAL", gap: 1), Column.Centred(" MAPPING", gap: 1),
            Column.Right("INDEX ", 8, gap: 1), Column.Right("CNT", gap: 0), Column.Left("FLAGS", gap: 1));
        table.Row(
            Page.ToString(), $"{Physical.Value:x}", $"{Mapping.Value:x}", $"{Index:x}", $"{Count}",
            $"{Flags.Value:x} {string.Join(',', names)}");
        table.WriteTo(output);
    }
}
