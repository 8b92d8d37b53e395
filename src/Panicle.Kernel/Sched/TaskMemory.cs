namespace Panicle.Kernel.Sched;

/// <summary>How much memory a process has.</summary>
/// <param name="VirtualPages">Pages of address space (<c>mm_struct.total_vm</c>): VmSize.</param>
/// <param name="CountedPages">
/// Resident pages in the process's shared counters: VmRSS as <c>/proc</c> shows it on kernels that read only these.
/// </param>
/// <param name="PendingPages">
/// Pages counted by single threads (before 6.2) or CPUs (since) and not yet added to the shared counters; may be negative.
/// </param>
public readonly record struct TaskMemory(ulong VirtualPages, long CountedPages, long PendingPages)
{
    /// <summary>Pages that are really in memory: files', anonymous and shared.</summary>
    public ulong ResidentPages => (ulong)Math.Max(0, CountedPages + PendingPages);
}
