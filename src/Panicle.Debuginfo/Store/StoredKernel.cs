using Panicle.Symbols;

namespace Panicle.Debuginfo.Store;

/// <summary>The files of one kernel in the store.</summary>
/// <param name="Release">The kernel's release; "other" for files of no kernel.</param>
/// <param name="Entries">Its files.</param>
/// <param name="LastUsed">When one of them was last asked for, or added.</param>
public sealed record StoredKernel(string Release, IReadOnlyList<StoreEntry> Entries, DateTimeOffset LastUsed)
{
    /// <summary>
    /// The kernel's own build IDs: usually one; several where kernels of the same release were built more than once.
    /// </summary>
    public IEnumerable<string> BuildIds =>
        Entries.Where(entry => entry.Name == KernelBinary.Vmlinux).Select(entry => entry.BuildId).Distinct();

    /// <summary>How many modules have files.</summary>
    public int Modules =>
        Entries.Where(entry => entry.Name != KernelBinary.Vmlinux).Select(entry => entry.BuildId).Distinct().Count();

    /// <summary>The bytes that its files take in the store.</summary>
    public long Stored => Entries.Sum(entry => entry.Stored);

    /// <summary>The bytes that they took before.</summary>
    public long Original => Entries.Sum(entry => entry.Original);
}
