namespace Panicle.Kernel.Block;

/// <summary>The kernel's block layer (block/). Each part is read on first use and fails alone.</summary>
public sealed class KernelBlock
{
    private readonly Part<Disks> _disks;

    internal KernelBlock(KernelDump kernel)
    {
        _disks = new("the disks", () => new Disks(kernel));
    }

    /// <summary>Every block device that is whole, no partition: <c>struct gendisk</c> (include/linux/blkdev.h).</summary>
    public Disks Disks => _disks.Value;
}
