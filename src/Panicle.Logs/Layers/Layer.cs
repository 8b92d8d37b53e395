namespace Panicle.Logs.Layers;

/// <summary>What code is for, by where it lies in the kernel's tree: somebody's own, or called by everybody.</summary>
[Flags]
internal enum Layer
{
    /// <summary>A driver, a protocol, a file system, a subsystem of its own: its code does what only it does.</summary>
    Own = 0,

    /// <summary>It notices, or prints the report.</summary>
    Report = 1 << 0,

    /// <summary>What the CPU enters the kernel by, and leaves it.</summary>
    Entry = 1 << 1,

    /// <summary>Strings, lists, trees, counters, copies to and from user space, checksums.</summary>
    Library = 1 << 2,

    /// <summary>Memory is had from it, and given back to it.</summary>
    Allocator = 1 << 3,

    /// <summary>Locks of every kind.</summary>
    Lock = 1 << 4,

    /// <summary>Read-copy-update: it runs what others gave it to run later.</summary>
    Rcu = 1 << 5,

    /// <summary>The scheduler, and waiting.</summary>
    Scheduler = 1 << 6,

    /// <summary>Timers and clocks, which call what others set them for.</summary>
    Time = 1 << 7,

    /// <summary>It runs what others put off: work queues, soft interrupts, threads, calls to other CPUs.</summary>
    Deferred = 1 << 8,

    /// <summary>Devices, classes, sysfs and what else only holds what drivers register.</summary>
    Model = 1 << 9,

    /// <summary>It hands to drivers or protocols what goes through it: the bus cores.</summary>
    Bus = 1 << 10,

    /// <summary>Sockets and packets of every protocol.</summary>
    Net = 1 << 11,

    /// <summary>The system calls' own layer over every file system.</summary>
    Files = 1 << 12,

    /// <summary>The page cache and buffers of every file system.</summary>
    Cache = 1 << 13,

    /// <summary>A subsystem's own function that takes up or gives back what its callers have.</summary>
    Registration = 1 << 14,
}
