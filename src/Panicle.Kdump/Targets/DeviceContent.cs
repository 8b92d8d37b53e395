using Panicle.Dumps.Writing;

namespace Panicle.Kdump.Targets;

/// <summary>
/// What somebody keeps on a device, as far as its first and last sectors tell: what a raw dump would destroy. An earlier dump is
/// nothing of the kind.
/// </summary>
internal static class DeviceContent
{
    // Where the signatures lie, from the begin or, below zero, from the end; blkid(8) goes by the same.
    private static readonly (long At, byte[] Magic, string What)[] Signatures =
    [
        (0, [.. "LUKS"u8, 0xba, 0xbe], "an encrypted volume (LUKS)"),
        (0x4000, [.. "SKUL"u8, 0xba, 0xbe], "an encrypted volume (LUKS)"),
        (0x8000, [.. "SKUL"u8, 0xba, 0xbe], "an encrypted volume (LUKS)"),
        (3, [.. "-FVE-FS-"u8], "an encrypted volume (BitLocker)"),
        .. At("a physical volume of LVM", "LABELONE"u8, 0, 512, 1024, 1536),
        .. At("swap", "SWAPSPACE2"u8, 4086, 8182, 16374, 65526),
        .. At("swap", "SWAP-SPACE"u8, 4086, 8182, 16374, 65526),
        .. At("a suspended system", "S1SUSPEND"u8, 4086, 8182, 16374, 65526),
        .. At("a suspended system", "LINHIB0001"u8, 4086, 8182, 16374, 65526),
        .. At("a partition table (GPT)", "EFI PART"u8, 512, 4096, -512, -4096),
        .. At("a member of a software RAID (md)", [0xfc, 0x4e, 0x2b, 0xa9], 0, 4096),
        .. At("a device of bcache", [0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca], 4096 + 24),
        .. At("a device of bcachefs", [0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9], 4096 + 24),
        .. At("a device of Stratis", "!Stra0tis"u8, 516, 4612),
        .. At("a device of VDO", "dmvdo001"u8, 0),
        .. At("a device of Ceph", "bluestore block device"u8, 0),
        .. At("a device of DRBD", [0x83, 0x74, 0x02, 0x6b], -4096 + 60),
        .. At("a member of a firmware's RAID", "Intel Raid ISM Cfg Sig. "u8, -1024),
        .. At("a member of a firmware's RAID", [0xde, 0x11, 0xde, 0x11], -512),
        .. At("an NTFS file system", "NTFS    "u8, 3),
        .. At("an exFAT file system", "EXFAT   "u8, 3),
        .. At("a FAT file system", "FAT1"u8, 54),
        .. At("a FAT file system", "FAT32"u8, 82),
        .. At("an f2fs file system", [0x10, 0x20, 0xf5, 0xf2], 1024),
        .. At("an erofs file system", [0xe2, 0xe1, 0xf5, 0xe0], 1024),
        .. At("an HFS+ file system", [0x48, 0x2b, 0, 4], 1024),
        .. At("an HFS+ file system", [0x48, 0x58, 0, 5], 1024),
        .. At("a nilfs2 file system", [2, 0, 0, 0, 0, 0, 0x34, 0x34], 1024),
        .. At("an APFS container", "NXSB"u8, 32),
        .. At("a squashfs file system", "hsqs"u8, 0),
        .. At("a CD's file system", "CD001"u8, 0x8001),
        .. At("a UDF file system", "BEA01"u8, 0x8001),
        .. At("a JFS file system", "JFS1"u8, 0x8000),
        .. At("a reiserfs file system", "ReIsEr"u8, 0x10034, 0x2034),
        .. At("a gfs2 file system", [0x01, 0x16, 0x19, 0x70], 0x10000),
        .. At("an ocfs2 file system", "OCFSV2"u8, 1024, 2048, 4096, 8192),
        .. At("a member of a ZFS pool", [0x0c, 0xb1, 0xba, 0x00], 0x20000, 0x21000, 0x22000, 0x24000),
    ];

    private const int BootSector = 510; // 55 AA of partition tables of MBR, and of boot sectors.

    /// <summary>What there is on it, as a noun; null if nothing is known to be, or it can't be read.</summary>
    public static string? Find(string device)
    {
        if (FileSystemProbe.Read(device) is { } probe)
            return $"a file system ({probe.Type} {probe.Uuid})";
        try
        {
            using var file = File.OpenHandle(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var length = OutputDevice.LengthOf(file);
            bool Has(long at, ReadOnlySpan<byte> magic)
            {
                Span<byte> bytes = stackalloc byte[32];
                at = at < 0 ? length + at : at;
                return at >= 0 && RandomAccess.Read(file, bytes = bytes[..magic.Length], at) == magic.Length
                    && bytes.SequenceEqual(magic);
            }

            foreach (var (at, magic, what) in Signatures)
                if (Has(at, magic))
                    return what;
            // md's older superblocks lie 64 KB, at a multiple of that, and 8 KB, at one of 4 KB, before the end.
            byte[] md = [0xfc, 0x4e, 0x2b, 0xa9];
            if (length >= 1 << 17 && (Has((length & ~0xffffL) - 0x10000, md) || Has((length - 0x2000) & ~0xfffL, md)))
                return "a member of a software RAID (md)";
            return Has(BootSector, [0x55, 0xaa]) ? "a partition table (MBR) or a boot sector" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a device can be read, so that it can be known what is on it.</summary>
    public static bool CanRead(string device)
    {
        try
        {
            using var file = File.OpenHandle(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            _ = RandomAccess.Read(file, new byte[1], 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<(long At, byte[] Magic, string What)> At(
        string what, ReadOnlySpan<byte> magic, params ReadOnlySpan<long> places)
    {
        var all = new List<(long, byte[], string)>();
        foreach (var place in places)
            all.Add((place, magic.ToArray(), what));
        return all;
    }
}
