using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Targets;

/// <summary>What a file system's superblock says of it.</summary>
/// <param name="Type">Its type, as mount(2) takes it.</param>
/// <param name="Uuid">Its UUID, lower case with dashes.</param>
/// <param name="Label">Its label; "" for none.</param>
internal sealed record FileSystemProbe(string Type, string Uuid, string Label)
{
    private const int BytesRead = 69_632; // As far as btrfs's superblock reaches.
    private const uint HasJournal = 4; // EXT4_FEATURE_COMPAT_HAS_JOURNAL
    private const uint Ext4Only = 0x2c0; // extents, 64bit, flex_bg among the incompatible features

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
            return new FileSystemProbe(type, FormatUuid(bytes[1128..]), Text(bytes.Slice(1144, 16)));
        }
        // struct xfs_dsb: sb_uuid at 32, sb_fname at 108.
        if (bytes.StartsWith("XFSB"u8))
            return new FileSystemProbe("xfs", FormatUuid(bytes[32..]), Text(bytes.Slice(108, 12)));
        // struct btrfs_super_block at 64 KB: fsid at 32, magic at 64, label at 299.
        if (bytes[65_600..].StartsWith("_BHRfS_M"u8))
            return new FileSystemProbe("btrfs", FormatUuid(bytes[65_568..]), Text(bytes.Slice(65_835, 256)));
        return null;
    }

    private static string FormatUuid(ReadOnlySpan<byte> bytes) => new Guid(bytes[..16], bigEndian: true).ToString();

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes);
}
