namespace Panicle.Dumps;

/// <summary>Whether memory can be had from a dump, and if not, why.</summary>
public enum PageState : byte
{
    /// <summary>The page is in the dump.</summary>
    Present,

    /// <summary>The machine had this page, and the filter (makedumpfile's dump level) left it out.</summary>
    Excluded,

    /// <summary>The dump should have the page and hasn't: the file was cut short, or a part of it is missing.</summary>
    BeyondEnd,

    /// <summary>The page's descriptor or compressed stream is broken.</summary>
    Damaged,

    /// <summary>The machine had no memory at this address.</summary>
    Hole,

    /// <summary>Virtual addresses only: the page tables map nothing here, or a page table itself can't be read.</summary>
    Unmapped,
}
