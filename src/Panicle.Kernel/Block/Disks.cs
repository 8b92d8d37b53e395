using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Block;

/// <summary>The disks: whole ones (<c>struct gendisk</c>, include/linux/blkdev.h), not their partitions.</summary>
public sealed class Disks
{
    // Operations that the driver has are marked so (enum mq_rq_state, include/linux/blk-mq.h).
    private const int InFlight = 1;
    private const uint WriteBit = 1; // An odd operation moves data to the device (op_is_write).
    private const uint MostTags = 65536;
    private const int Kinds = 4; // Read, write, discard, flush.

    private readonly KernelDump _kernel;

    internal Disks(KernelDump kernel)
    {
        _kernel = kernel;
        var disks = new List<Disk>();
        foreach (var device in kernel.Devices.Classes.DevicesOf("block_class", Losses))
        {
            if (Losses.Try(
                "block device", device.Address, () => DiskOf(kernel, device) is { } disk ? Read(disk) : null) is { } found)
                disks.Add(found);
        }
        All = disks;
    }

    /// <summary>The disks in the order in which they were added.</summary>
    public IReadOnlyList<Disk> All { get; }

    /// <summary>Those that can't be read.</summary>
    public Losses Losses { get; } = new();

    /// <summary>What a disk had done and was doing.</summary>
    /// <exception cref="KernelReadException">Its queue or its counters can't be read.</exception>
    public DiskIo IoOf(Disk disk)
    {
        var queue = _kernel.At(disk.Queue, "struct request_queue");
        var whole = _kernel.At(disk.Address, "struct gendisk")["part0"];
        var perCpu = (whole.Has("bd_stats") ? whole["bd_stats"] : whole["dkstats"]).ToUInt64();
        var finished = FinishedBy(_kernel, perCpu);
        var (reads, writes) = queue["mq_ops"].IsTrue ? InFlightByTags(_kernel, queue) : InFlightCounted(_kernel, perCpu);
        return new DiskIo(finished[0], finished[1], finished[2], finished[3], reads, writes);
    }

    // Until 5.10 a disk's device lies within its partition 0; since then each partition is a block_device of its own.
    private static KernelValue? DiskOf(KernelDump kernel, KernelValue device)
    {
        if (kernel.Types.Parse("struct block_device") is { } type && type.HasMember("bd_device"))
        {
            var block = device.ContainerOf("struct block_device", "bd_device");
            var disk = block["bd_disk"].Dereference();
            return disk["part0"].ToUInt64() == block.Address ? disk : null;
        }
        return device["type"].ToUInt64() == kernel.SymbolAddress("disk_type")
            ? device.ContainerOf("struct gendisk", "part0.__dev")
            : null;
    }

    private static Disk Read(KernelValue disk) => new(
        disk.Address, disk["disk_name"].ToText(), disk["major"].ToInt32(), disk["first_minor"].ToInt32(),
        disk["queue"].ToUInt64(),
        disk["fops"].ToUInt64());

    // Sums the CPUs' counters. Kinds that a kernel doesn't count stay zero.
    private static IoCount[] FinishedBy(KernelDump kernel, ulong perCpu)
    {
        var counts = new IoCount[Kinds];
        foreach (var cpu in kernel.Cpus.Possible)
        {
            var one = kernel.At(kernel.Cpus.AddressOf(perCpu, cpu), "struct disk_stats");
            var kinds = (int)Math.Min(Kinds, one["ios"].Type.Strip().Count);
            for (var i = 0; i < kinds; i++)
            {
                counts[i] = new IoCount(
                    counts[i].Operations + one["ios"][i].ToUInt64(), counts[i].Merges + one["merges"][i].ToUInt64(),
                    counts[i].Sectors + one["sectors"][i].ToUInt64(), counts[i].Nanoseconds + one["nsecs"][i].ToUInt64());
            }
        }
        return counts;
    }

    // Queues without blk-mq (device mapper, md) count what is in flight themselves.
    private static (int Reads, int Writes) InFlightCounted(KernelDump kernel, ulong perCpu)
    {
        long reads = 0, writes = 0;
        foreach (var cpu in kernel.Cpus.Possible)
        {
            var counts = kernel.At(kernel.Cpus.AddressOf(perCpu, cpu), "struct disk_stats")["in_flight"].Address;
            reads += kernel.Memory.ReadSignedWord(counts, "disk_stats.in_flight");
            writes += kernel.Memory.ReadSignedWord(kernel.Memory.Words.At(counts, 1), "disk_stats.in_flight");
        }
        return ((int)Math.Max(0, reads), (int)Math.Max(0, writes));
    }

    // blk-mq counts nothing: the requests that the tags point to say themselves whether the driver has them. A tag that is
    // free may still point to a request that is long over, or that belongs to another queue by now.
    private static (int Reads, int Writes) InFlightByTags(KernelDump kernel, KernelValue queue)
    {
        var request = new StructLayout(kernel.Types, "struct request");
        var (ofQueue, flags, state, tag) = (
            request.Offset("q"), request.Offset("cmd_flags"), request.Offset("state"), request.Offset("tag"));
        var memory = kernel.Memory;
        int reads = 0, writes = 0;
        foreach (var (address, index) in Requests(kernel, queue["tag_set"]))
        {
            if (memory.ReadWord(address + (ulong)ofQueue, "request.q") != queue.Address
                || memory.ReadUInt32(address + (ulong)tag, "request.tag") != index
                || memory.ReadUInt32(address + (ulong)state, "request.state") != InFlight)
                continue;
            if ((memory.ReadUInt32(address + (ulong)flags, "request.cmd_flags") & WriteBit) != 0)
                writes++;
            else
                reads++;
        }
        return (reads, writes);
    }

    private static IEnumerable<(ulong Address, uint Tag)> Requests(KernelDump kernel, KernelValue set)
    {
        var seen = new HashSet<ulong>();
        var hardwareQueues = (long)Math.Min(set["nr_hw_queues"].ToUInt64(), MostTags);
        for (long i = 0; i < hardwareQueues; i++)
        {
            var tags = set["tags"][i];
            if (!tags.IsTrue || !seen.Add(tags.ToUInt64()))
                continue; // Queues may share one set of tags.
            var count = Math.Min((uint)tags["nr_tags"].ToUInt64(), MostTags);
            var array = tags["rqs"].ToUInt64();
            for (uint tag = 0; tag < count; tag++)
            {
                if (kernel.Memory.ReadWord(kernel.Memory.Words.At(array, tag), "blk_mq_tags.rqs") is var address and not 0)
                    yield return (address, tag);
            }
        }
    }
}
