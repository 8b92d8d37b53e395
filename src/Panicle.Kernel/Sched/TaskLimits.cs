namespace Panicle.Kernel.Sched;

/// <summary>One of a process's resource limits (getrlimit(2)).</summary>
/// <param name="Name">Its name without RLIMIT_: "NOFILE".</param>
/// <param name="Current">The soft limit, in the unit of that limit; <see cref="Unlimited"/> for none.</param>
/// <param name="Maximum">The hard limit.</param>
public readonly record struct ResourceLimit(string Name, ulong Current, ulong Maximum)
{
    /// <summary>RLIM_INFINITY, all bits set: there is no limit.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}

/// <summary>Reads resource limits (<c>signal_struct.rlim</c>).</summary>
internal static class TaskLimits
{
    // include/uapi/asm-generic/resource.h
    private static readonly string[] Names =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE",
        "NICE", "RTPRIO", "RTTIME",
    ];

    public static IReadOnlyList<ResourceLimit> Read(KernelTask task)
    {
        var limits = task.Value["signal"]["rlim"];
        return [.. Names.Select((name, i) =>
            new ResourceLimit(name, limits[i]["rlim_cur"].ToUInt64(), limits[i]["rlim_max"].ToUInt64()))];
    }
}
