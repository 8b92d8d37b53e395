
namespace Panicle.Dumps;

/// <summary>
/// The physical memory that a dump holds. Every dump format implements this and no more.
/// Addresses are physical byte addresses.
/// </summary>
public interface IPhysicalMemory : IMemory
{
    /// <summary>Size in bytes of the unit in which the dump keeps memory; a power of two, 4096 on x86-64.</summary>
    int PageSize { get; }

    /// <summary>
    /// One past the highest physical address that the machine is known to have had, in bytes. It says nothing of holes below.
    /// </summary>
    ulong Limit { get; }

    /// <summary>Whether the page at this address can be had, and if not, why. Doesn't decode the page.</summary>
    PageState StateOf(ulong address);

    /// <summary>
    /// The ranges whose pages are in the dump, ascending and without overlap. Lazy: walking them costs no more than
    /// the part of the bitmap (or of the segment table) that has been walked.
    /// </summary>
    IEnumerable<AddressRange> PresentRanges();
}
