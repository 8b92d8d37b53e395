using Panicle.Dumps.Sources;
using Panicle.Formats.Elf;

namespace Panicle.Dumps;

/// <summary>
/// An open dump: its physical memory and what its headers say. Opening reads headers and bitmaps only; pages are
/// decoded when they are read. Thread-safe.
/// </summary>
public abstract class DumpFile : IPhysicalMemory, IDisposable
{
    /// <summary>The files the dump consists of, as given; several for a split dump.</summary>
    public abstract IReadOnlyList<string> Paths { get; }

    /// <summary>What the headers say of the dump and of the machine.</summary>
    public abstract DumpHeader Header { get; }

    /// <summary>
    /// The ELF notes in file order, each CPU's NT_PRSTATUS and the VMCOREINFO note among them; empty if there are none.
    /// </summary>
    public abstract IReadOnlyList<ElfNote> Notes { get; }

    /// <summary>
    /// The kernel's note to dump tools, from the ELF notes or the kdump sub-header; null if the file carries none
    /// (then <c>VmcoreInfoScan</c> can look for it in memory).
    /// </summary>
    public abstract VmcoreInfo? VmcoreInfo { get; }

    /// <summary>
    /// What is wrong with the file and was worked around, each a sentence for a person; empty for a sound dump.
    /// </summary>
    public abstract IReadOnlyList<string> Problems { get; }

    /// <summary>An ELF dump's program headers of memory, as the file has them; empty for other formats.</summary>
    public virtual IReadOnlyList<ElfProgramHeader> Segments => [];

    /// <inheritdoc/>
    public abstract int PageSize { get; }

    /// <inheritdoc/>
    public abstract ulong Limit { get; }

    /// <inheritdoc/>
    public abstract PageState StateOf(ulong address);

    /// <inheritdoc/>
    public abstract IEnumerable<AddressRange> PresentRanges();

    /// <summary>
    /// The ranges of memory that the machine had, whether their pages are in the dump or were left out, ascending and
    /// without overlap; as far as the file says.
    /// </summary>
    public virtual IEnumerable<AddressRange> MachineRanges() => PresentRanges();

    /// <summary>
    /// Ranges of memory that the dump should have and this file, or those that were given of a split dump, can't have: they lie
    /// past its end or in another part. Ascending and without overlap; apart from <see cref="PresentRanges"/>, of which single
    /// pages may be missing still (<see cref="StateOf"/>).
    /// </summary>
    public virtual IEnumerable<AddressRange> MissingRanges() => [];

    /// <inheritdoc/>
    public abstract bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault);

    /// <summary>
    /// Reads whole pages in a row that will hardly be read again, as writing a dump does: on this thread, and past what keeps
    /// pages for the next read. False if not all of them can be had; then the buffer holds nothing of use.
    /// </summary>
    /// <param name="frame">The first page's number: its physical address divided by <see cref="PageSize"/>.</param>
    /// <param name="buffer">A multiple of <see cref="PageSize"/> long.</param>
    public virtual bool TryReadPages(ulong frame, Span<byte> buffer) => TryRead(frame * (ulong)PageSize, buffer, out _);

    /// <summary>
    /// Lends whole pages in a row where they lie, if the dump has them so: what isn't wanted then need not be copied.
    /// </summary>
    /// <param name="frame">The first page's number.</param>
    /// <param name="count">How many.</param>
    internal virtual BorrowedBytes BorrowPages(ulong frame, int count) => default;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the mapped files.</summary>
    protected abstract void Dispose(bool disposing);
}
