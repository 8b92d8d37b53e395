using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Tests;

/// <summary>
/// What a target is called in the capture kernel, where there is no udev, no link and no mount of the running system.
/// </summary>
public sealed class LastingNameTests : IDisposable
{
    private readonly FixtureTree _tree = new FixtureTree().With("/proc/sys/kernel/osrelease", "6.1\n").With("/init", "");

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("/var/crash", "UUID=00112233-4455-6677-8899-aabbccddeeff:/var/crash", "/var", "/data/var")]
    [InlineData("/var/crash", "UUID=00112233-4455-6677-8899-aabbccddeeff:/var/crash", "/var", "data/./sub/../var")]
    [InlineData("/srv/dumps/here", "UUID=00112233-4455-6677-8899-aabbccddeeff:/kept/here", "/srv/dumps", "../data/kept/")]
    [InlineData("/srv/dumps", "UUID=00112233-4455-6677-8899-aabbccddeeff:/b", "/srv/dumps", "/a", "/a", "data/b")]
    public void Every_part_of_a_path_may_be_a_link(string path, string target, params string[] links)
    {
        AddDisk("vda", "254:0", Ext4("ffffffff-4455-6677-8899-aabbccddeeff"));
        AddDisk("vdb", "254:16", Ext4("00112233-4455-6677-8899-aabbccddeeff"));
        _tree.With("/proc/self/mountinfo", """
            24 1 254:0 / / rw shared:1 - ext4 /dev/vda rw
            30 24 254:16 / /data rw shared:9 - ext4 /dev/vdb rw
            """).With("/data/sub/x", "");
        for (var i = 0; i < links.Length; i += 2)
            _tree.WithLink(links[i], links[i + 1]);
        Assert.Equal(target, LocalTarget.Resolve(_tree.Root, TargetAddress.Parse(path)).Address.ToString());
    }

    [Fact]
    public void A_link_to_itself_ends()
    {
        _tree.WithLink("/a", "b").WithLink("/b", "a");
        Assert.NotNull(_tree.Root.Resolve("/a/x"));
    }

    [Fact]
    public void A_mount_that_another_one_hides_does_not_count()
    {
        AddDisk("vda", "254:0", Ext4("00000000-0000-0000-0000-00000000000a"));
        AddDisk("vdb", "254:16", Ext4("00000000-0000-0000-0000-00000000000b"));
        AddDisk("vdc", "254:32", Ext4("00000000-0000-0000-0000-00000000000c"));
        _tree.With("/proc/self/mountinfo", """
            24 1 254:0 / / rw shared:1 - ext4 /dev/vda rw
            30 24 254:16 / /var/crash rw shared:9 - ext4 /dev/vdb rw
            31 24 254:32 / /var rw shared:10 - ext4 /dev/vdc rw
            """);
        Assert.Equal("UUID=00000000-0000-0000-0000-00000000000c:/crash",
            LocalTarget.Resolve(_tree.Root, TargetAddress.Parse("/var/crash")).Address.ToString());
    }

    [Fact]
    public void A_bind_mount_is_the_directory_that_it_shows()
    {
        AddDisk("vda", "254:0", Ext4("00000000-0000-0000-0000-00000000000a"));
        _tree.With("/proc/self/mountinfo", """
            24 1 254:0 / / rw shared:1 - ext4 /dev/vda rw
            30 24 254:0 /srv/deep /var/crash rw shared:1 - ext4 /dev/vda rw
            """);
        Assert.Equal("UUID=00000000-0000-0000-0000-00000000000a:/srv/deep/today",
            LocalTarget.Resolve(_tree.Root, TargetAddress.Parse("/var/crash/today")).Address.ToString());
    }

    [Fact]
    public void A_subvolume_is_named_from_the_top_which_the_default_one_need_not_be()
    {
        AddDisk("sda2", "8:2", Btrfs(1));
        _tree.With("/proc/self/mountinfo",
            "45 1 0:37 /@/var /var rw shared:9 - btrfs /dev/sda2 rw,subvolid=265,subvol=/@/var");
        var target = LocalTarget.Resolve(_tree.Root, TargetAddress.Parse("/var/crash")).Address;
        Assert.Equal("UUID=01010101-0101-0101-0101-010101010101,subvolid=5:/@/var/crash", target.ToString());
        Assert.Equal(target, TargetAddress.Parse(target.ToString()));
        Assert.Equal("subvol=@crash", TargetAddress.Parse("LABEL=pool,subvol=@crash:/x").Subvolume);
        Assert.Throws<FormatException>(() => TargetAddress.Parse("/dev/sda2,subvol=a,exec:/x"));
    }

    [Fact]
    public void A_file_system_on_several_devices_is_refused()
    {
        AddDisk("sda2", "8:2", Btrfs(3));
        _tree.With("/proc/self/mountinfo", "45 1 0:37 /@ / rw shared:9 - btrfs /dev/sda2 rw,subvol=/@");
        Assert.Contains("needs 3 devices together", Refused("target = /var/crash\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_system_that_a_capture_does_not_mount_is_refused()
    {
        AddDisk("sda3", "8:3", new byte[1 << 17]);
        _tree.With("/proc/self/mountinfo", "45 1 8:3 / / rw shared:9 - f2fs /dev/sda3 rw");
        Assert.Contains("lies on f2fs", Refused("target = /var/crash\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/disk/by-id/ata-DISK_42")]
    [InlineData("/dev/sdb")]
    public void A_raw_disk_is_called_what_it_says_of_itself(string given)
    {
        AddDisk("sda", "8:0", []);
        AddDisk("sdb", "8:16", new byte[1 << 17]);
        _tree.With("/sys/class/block/sda/device/wwid", "naa.1\n")
            .With("/sys/class/block/sdb/device/wwid", "naa.5000c500a1b2c3d4\n")
            .WithLink("/dev/disk/by-id/ata-DISK_42", "../../sdb");
        Assert.Equal("raw:WWID=naa.5000c500a1b2c3d4", Planned($"target = raw:{given}\n"));
        Assert.Equal("/dev/sdb", BlockDevices.Find(_tree.Root, "WWID=naa.5000c500a1b2c3d4"));
    }

    [Fact]
    public void Disks_that_say_the_same_are_told_apart_by_something_else()
    {
        AddDisk("sda", "8:0", []);
        AddDisk("sdb", "8:16", new byte[1 << 17]);
        foreach (var name in new[] { "sda", "sdb" })
            _tree.With($"/sys/class/block/{name}/device/wwid", "t10.ATA     QEMU\n");
        _tree.With("/sys/class/block/sda/serial", "one\n").With("/sys/class/block/sdb/serial", "two # 2\n");
        Assert.Equal("raw:SERIAL=two%20%23%202", Planned("target = raw:/dev/sdb\n"));
        Assert.Equal("/dev/sdb", BlockDevices.Find(_tree.Root, "SERIAL=two%20%23%202"));
        Assert.Null(BlockDevices.Find(_tree.Root, "WWID=t10.ATA%20%20%20%20%20QEMU"));
        Assert.Equal("WWID=t10.ATA     QEMU is several devices: sda, sdb",
            BlockDevices.WhyNot(_tree.Root, "WWID=t10.ATA     QEMU"));
    }

    [Fact]
    public void A_partition_is_its_disk_and_its_number_and_a_disk_without_a_number_its_slot()
    {
        const string Slot = "/sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vdb";
        _tree.With($"{Slot}/dev", "254:16\n").With($"{Slot}/vdb2/partition", "2\n").With($"{Slot}/vdb2/dev", "254:18\n")
            .WithLink("/sys/class/block/vdb", "../../devices/pci0000:00/0000:00:05.0/virtio2/block/vdb")
            .WithLink("/sys/class/block/vdb2", "../../devices/pci0000:00/0000:00:05.0/virtio2/block/vdb/vdb2")
            .With("/dev/vdb2", "").WithLink("/dev/disk/by-partlabel/crash\\x20dump", "../../vdb2");
        const string Name = "SLOT=pci0000%3A00%2F0000%3A00%3A05.0-part2";
        Assert.Equal($"raw:{Name}", Planned("target = raw:PARTLABEL=crash dump\n"));
        Assert.Equal("/dev/vdb2", BlockDevices.Find(_tree.Root, Name));
        Assert.Null(BlockDevices.Find(_tree.Root, Name.Replace("part2", "part3", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_raw_disk_that_nothing_tells_from_others_is_refused()
    {
        AddDisk("sdb", "8:16", new byte[1 << 17]);
        _tree.With("/sys/class/block/sdb/serial", "0000\n");
        Assert.Contains("/dev/sdb says nothing of itself", Refused("target = raw:/dev/sdb\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_that_there_is_none_of_is_no_device() =>
        Assert.Contains("PARTUUID=…", Assert.Throws<FormatException>(() => TargetAddress.Parse("raw:ID=x")).Message,
            StringComparison.Ordinal);

    private string Planned(string configuration) =>
        CaptureInitramfs.Plan(_tree.Root, "6.1", EffectiveConfiguration.Parse("/etc/panicle.conf", configuration),
            _tree.Root.PathOf("/init")).Configuration.Target.ToString();

    private string Refused(string configuration) => Assert.Throws<TargetException>(() => Planned(configuration)).Message;

    private void AddDisk(string name, string numbers, byte[] content)
    {
        _tree.With($"/sys/class/block/{name}/dev", $"{numbers}\n").With($"/dev/{name}", "");
        File.WriteAllBytes(_tree.Root.PathOf($"/dev/{name}"), content);
    }

    private static byte[] Ext4(string uuid)
    {
        var bytes = new byte[1 << 17];
        (bytes[1080], bytes[1081], bytes[1120]) = (0x53, 0xef, 0x40);
        new Guid(uuid).TryWriteBytes(bytes.AsSpan(1128), bigEndian: true, out _);
        return bytes;
    }

    private static byte[] Btrfs(byte devices)
    {
        var bytes = new byte[1 << 17];
        "_BHRfS_M"u8.CopyTo(bytes.AsSpan(65_600));
        bytes.AsSpan(65_568, 16).Fill(1);
        bytes[65_672] = devices;
        return bytes;
    }
}
