namespace Panicle.Dumps;

/// <summary>
/// Bytes at addresses of one address space: physical memory, the kernel's virtual memory, a task's.
/// Implementations are safe to use from several threads at once.
/// </summary>
public interface IMemory
{
    /// <summary>
    /// Bytes in the smallest page that any machine has. What goes through memory in such steps, from addresses that are multiples
    /// of it, loses no more to an unreadable page than that page, whatever the machine's own page size is.
    /// </summary>
    const int SmallestPage = 4096;

    /// <summary>How the machine whose memory this is keeps numbers.</summary>
    WordFormat Words => WordFormat.LittleEndian64;

    /// <summary>
    /// Fills the whole <paramref name="buffer"/> from <paramref name="address"/>, crossing pages as needed.
    /// Never throws for bad addresses or damaged dumps.
    /// </summary>
    /// <param name="address">First byte to read, in this memory's own address space.</param>
    /// <param name="buffer">Filled completely on success; its content is undefined on failure.</param>
    /// <param name="fault">On failure: the first address that could not be read, and why.</param>
    /// <returns>Whether every byte could be read.</returns>
    bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault);
}
