using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Targets;

/// <summary>What a file system's superblock says of it.</summary>
/// <param name="Type">Its type, as mount(2) takes it.</param>
/// <param name="Uuid">Its UUID, lower case with dashes.</param>
/// <param name="Label">Its label; "" for none.</param>
/// <param name="Needs">What it lies on besides this one device, which mounting it takes; null for nothing.</param>
internal sealed record FileSystemProbe(string Type, string Uuid, string Label, string? Needs = null)
{
    /// <summary>The types that it knows, as people read them.</summary>
    public const string Known = "ext2, ext3, ext4, xfs, btrfs";

    private const int BytesRead = 69_632; // As far as btrfs's superblock reaches.
    private const uint HasJournal = 4; // EXT4_FEATURE_COMPAT_HAS_JOURNAL
    private const uint Ext4Only = 0x2c0; // extents, 64bit, flex_bg among the incompatible features
    private const uint IsJournal = 8; // EXT4_FEATURE_INCOMPAT_JOURNAL_DEV

    /// <summary>Reads a device or an image; null if there is no file system that Panicle knows, or it can't be read.</summary>
    public static FileSystemProbe? Read(string device)
    {
        try
        {
            using var file = File.OpenHandle(device);
            var bytes = new byte[BytesRead];
            var length = 0;
            for (int count; length < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(length), length)) > 0;)
                length += count;
            return Read(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileSystemProbe? Read(ReadOnlySpan<byte> bytes)
    {
        // struct ext4_super_block at 1024: s_magic at 56, features at 92, s_uuid at 104, s_volume_name at 120.
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[1080..]) == 0xef53)
        {
            var compatible = BinaryPrimitives.ReadUInt32LittleEndian(bytes[1116..]);
            var incompatible = BinaryPrimitives.ReadUInt32LittleEndian(bytes[1120..]);
            var type = (incompatible & Ext4Only) != 0 ? "ext4" : (compatible & HasJournal) != 0 ? "ext3" : "ext2";
            // s_journal_inum at 224, s_journal_dev at 228: one or the other.
            var hasOtherJournal = (compatible & HasJournal) != 0 && bytes[1248..1252].IndexOfAnyExcept((byte)0) < 0
                && bytes[1252..1256].IndexOfAnyExcept((byte)0) >= 0;
            var needs = (incompatible & IsJournal) != 0 ? "the file system that this is the journal of"
                : hasOtherJournal ? "a journal on another device" : null;
            return new FileSystemProbe(type, FormatUuid(bytes[1128..]), Text(bytes.Slice(1144, 16)), needs);
        }
        // struct xfs_dsb: sb_rblocks at 16, sb_uuid at 32, sb_logstart at 48 (0: elsewhere), sb_fname at 108.
        if (bytes.StartsWith("XFSB"u8))
            return new FileSystemProbe("xfs", FormatUuid(bytes[32..]), Text(bytes.Slice(108, 12)),
                bytes[48..56].IndexOfAnyExcept((byte)0) < 0 ? "a log on another device"
                : bytes[16..24].IndexOfAnyExcept((byte)0) >= 0 ? "a realtime part on another device" : null);
        // struct btrfs_super_block at 64 KB: fsid at 32, magic at 64, num_devices at 136, label at 299.
        if (bytes[65_600..].StartsWith("_BHRfS_M"u8))
            return new FileSystemProbe("btrfs", FormatUuid(bytes[65_568..]), Text(bytes.Slice(65_835, 256)),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[65_672..]) is > 1 and var devices
                    ? $"{devices} devices together" : null);
        return null;
    }

    private static string FormatUuid(ReadOnlySpan<byte> bytes) => new Guid(bytes[..16], bigEndian: true).ToString();

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes);
}
