using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Readiness;

/// <summary>
/// How large a dump would be now, from what the kernel says its memory is used for.
/// Compression isn't counted: no one knows how well it does.
/// </summary>
internal static class DumpSizeEstimate
{
    /// <summary>Bytes at most; null if nothing tells how much memory the machine has.</summary>
    public static ulong? Of(SystemRoot root, Machine machine, int level)
    {
        if (machine.Memory == 0)
            return null;
        ulong Field(string name) => Machine.Meminfo(root, name) ?? 0;
        var left = machine.Memory - Math.Min(machine.Memory, KexecState.Read(root).Reserved ?? 0);
        if ((level & 16) != 0)
            left -= Math.Min(left, Field("MemFree"));
        if ((level & 6) != 0)
            left -= Math.Min(left, Field("Cached") - Math.Min(Field("Cached"), Field("Shmem")));
        if ((level & 8) != 0)
            left -= Math.Min(left, Field("AnonPages") + Field("Shmem"));
        return left;
    }
}
