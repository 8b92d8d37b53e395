namespace Panicle.Kdump.Crashkernel;

/// <summary>What a machine reserves for all the <c>crashkernel=</c> of its command line together.</summary>
/// <param name="Memory">The machine's memory, in bytes.</param>
/// <param name="Chosen">The one that counts, or null if none does.</param>
/// <param name="Size">What it reserves, in bytes; 0 for nothing.</param>
/// <param name="Low">What is reserved below 4 GB besides, in bytes. The kernel chooses it if the command line doesn't.</param>
/// <param name="Cma">What is reserved as CMA besides, in bytes.</param>
/// <param name="Steps">How that comes about, in sentences.</param>
/// <param name="Problems">What is wrong with it, in sentences.</param>
public sealed record CrashkernelReservation(
    ulong Memory,
    CrashkernelArgument? Chosen,
    ulong Size,
    ulong Low,
    ulong Cma,
    IReadOnlyList<string> Steps,
    IReadOnlyList<string> Problems)
{
    /// <summary>Everything together, in bytes.</summary>
    public ulong Total => Size + Low + Cma;
}
