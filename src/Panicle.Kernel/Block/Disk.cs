namespace Panicle.Kernel.Block;

/// <summary>A disk (<c>struct gendisk</c>, include/linux/blkdev.h).</summary>
/// <param name="Address">Address of the <c>gendisk</c>.</param>
/// <param name="Name">Its name: "vda".</param>
/// <param name="Major">The major device number.</param>
/// <param name="FirstMinor">The first minor device number.</param>
/// <param name="Queue">Address of its <c>request_queue</c>.</param>
/// <param name="Operations">Address of its <c>block_device_operations</c>.</param>
public sealed record Disk(ulong Address, string Name, int Major, int FirstMinor, ulong Queue, ulong Operations);

/// <summary>What a disk had done and was doing.</summary>
/// <param name="Read">Reads.</param>
/// <param name="Write">Writes.</param>
/// <param name="Discard">Discards.</param>
/// <param name="Flush">Flushes.</param>
/// <param name="ReadsInFlight">Reads handed to the driver and not done.</param>
/// <param name="WritesInFlight">Writes handed to the driver and not done; discards and flushes among them.</param>
public sealed record DiskIo(IoCount Read, IoCount Write, IoCount Discard, IoCount Flush, int ReadsInFlight, int WritesInFlight);

/// <summary>Finished operations of one kind, as in <c>/proc/diskstats</c>.</summary>
/// <param name="Operations">How many.</param>
/// <param name="Merges">How many more were merged into them.</param>
/// <param name="Sectors">How many sectors of 512 bytes.</param>
/// <param name="Nanoseconds">How long they took together.</param>
public readonly record struct IoCount(ulong Operations, ulong Merges, ulong Sectors, ulong Nanoseconds);
