using Panicle.Kernel.Mm;

namespace Panicle.Kdump.Save;

/// <summary>
/// makedumpfile's dump levels (makedumpfile(8), "-d"): 1 leaves out pages of zeros, 2 the page cache without private data, 4 all
/// of the page cache, 8 the memory of processes, 16 free pages; their sum is the level. Broken and offline pages are left out by
/// every level from 2 up.
/// </summary>
internal static class FilterLevel
{
    /// <summary>Only what the kernel needs.</summary>
    public const int Most = 31;

    /// <summary>The bit for pages of zeros.</summary>
    public const int Zero = 1;

    /// <summary>Whether a level leaves out pages of a use.</summary>
    public static bool Drops(int level, PageUse use) => use switch
    {
        PageUse.Cache => (level & (2 | 4)) != 0,
        PageUse.PrivateCache => (level & 4) != 0,
        PageUse.User => (level & 8) != 0,
        PageUse.Free => (level & 16) != 0,
        PageUse.Offline => (level & ~Zero) != 0,
        _ => false,
    };
}
