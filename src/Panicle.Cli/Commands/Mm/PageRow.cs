using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// A <c>struct page</c> in results: its address, its physical address, the raw words, the names of its flags, and its page
/// type if it has one ("slab", "buddy", "table"…; null for others, and where a flag says it).
/// </summary>
internal sealed record PageRow(
    Address Page, Address Physical, Address Mapping, ulong Index, int Count, Address Flags, IReadOnlyList<string> FlagNames, string? Type)
{
    /// <summary>The headings of <see cref="ToString"/>'s columns.</summary>
    public const string Headings = "      PAGE       PHYSICAL      MAPPING       INDEX CNT FLAGS";

    /// <summary>Describes a page.</summary>
    public static PageRow Of(KernelDump kernel, PageDescriptor page)
    {
        var pages = kernel.Mm.Pages;
        return new PageRow(page.Address, page.Physical, page.Mapping, page.Index, page.RefCount, page.Flags,
            [.. pages.Flags.NamesOf(page.Flags)], pages.Types.NameOf(page.MapCount));
    }

    /// <summary>The page that describes a physical address; null where it can't be read.</summary>
    public static PageRow? OfPhysical(KernelDump kernel, ulong physical) =>
        kernel.Mm.Pages.TryRead(physical >> kernel.PageShift, out var page) ? Of(kernel, page) : null;

    /// <summary>The row as crash prints it.</summary>
    public override string ToString()
    {
        var names = Type is null ? FlagNames : [.. FlagNames, Type];
        return $"{Page} {Physical.Value,8:x} {Mapping.Value,16:x} {Index,8:x} {Count,2} {Flags.Value:x} {string.Join(',', names)}".TrimEnd();
    }
}
