namespace Panicle.Kernel.Mm;

/// <summary>What a page of memory is used for, as far as it matters to whether a dump needs it.</summary>
public enum PageUse : byte
{
    /// <summary>The kernel's own memory, or anything that isn't known to be something else.</summary>
    Kernel,

    /// <summary>Objects of slab caches.</summary>
    Slab,

    /// <summary>It holds a page table of a process.</summary>
    PageTable,

    /// <summary>Page cache: a file's content, which the file has too.</summary>
    Cache,

    /// <summary>Page cache with something of its file system attached to it (<c>PG_private</c>).</summary>
    PrivateCache,

    /// <summary>Memory of processes: anonymous pages, and huge pages.</summary>
    User,

    /// <summary>Free, in the allocator's lists of blocks, or not yet accepted from the hypervisor.</summary>
    Free,

    /// <summary>Memory that must not be read: it is broken, or a balloon has taken it.</summary>
    Offline,

    /// <summary>The <c>struct page</c> can't be read.</summary>
    Unknown,
}
