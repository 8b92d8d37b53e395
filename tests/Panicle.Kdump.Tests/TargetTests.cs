using System.Text;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Tests;

public sealed class TargetTests : IDisposable
{
    private static readonly CrashNames Names = CrashNames.Debian(new DateTime(2026, 11, 21, 4, 12, 0, DateTimeKind.Utc));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-target");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Names_are_the_distributions()
    {
        Assert.Equal(("202611210412", "dump.202611210412"), (Names.Directory, Names.Dump));
        var rhel = CrashNames.Rhel(new DateTime(2026, 11, 21, 4, 12, 33, DateTimeKind.Utc), "192.0.2.7");
        Assert.Equal(("192.0.2.7-2026-11-21-04:12:33", "vmcore"), (rhel.Directory, rhel.Dump));
    }

    [Fact]
    public void Files_in_a_directory_have_their_names_only_once_they_are_whole()
    {
        using var sink = new DirectorySink(_folder.FullName, Names, "here");
        var stream = sink.Create(Names.CaptureLog);
        stream.Write("text"u8);
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "202611210412", "capture.202611210412-incomplete")));
        sink.Finish(Names.CaptureLog, stream);
        Assert.Equal(["capture.202611210412"], Directory.GetFiles(Path.Combine(_folder.FullName, "202611210412"))
            .Select(Path.GetFileName));
        using var second = new DirectorySink(_folder.FullName, Names, "here");
        Assert.True(Directory.Exists(Path.Combine(_folder.FullName, "202611210412.2")));
    }

    [Fact]
    public void A_raw_device_holds_the_files_and_says_which_are_whole()
    {
        var device = Path.Combine(_folder.FullName, "device");
        File.WriteAllBytes(device, new byte[1 << 20]);
        using (var sink = RawSink.Open(device, "raw"))
        {
            var first = sink.Create("dmesg.1");
            first.Write("hello"u8);
            sink.Finish("dmesg.1", first);
            var second = sink.Create("dump.1");
            second.Write(new byte[10_000]);
            second.Flush();
            Assert.Throws<IOException>(() => second.Write(new byte[2 << 20]));
        }
        var bytes = File.ReadAllBytes(device);
        var files = RawLayout.Read(bytes, bytes.Length);
        Assert.Equal(["dmesg.1", "dump.1"], files.Select(file => file.Name));
        Assert.Equal([true, false], files.Select(file => file.IsComplete));
        Assert.Equal("hello", Encoding.ASCII.GetString(bytes, (int)files[0].Offset, (int)files[0].Length));
        Assert.Equal(0, files[1].Offset % RawLayout.BlockSize);
    }

    [Fact]
    public void A_damaged_header_of_a_raw_device_lists_nothing_that_is_not_there()
    {
        var random = new Random(4);
        var header = RawLayout.Write([new RawFile("a", 4096, 10, true), new RawFile("../b", 8192, 10, true)], DateTime.UtcNow);
        Assert.Equal(["a", "b"], RawLayout.Read(header, 1 << 20).Select(file => file.Name));
        for (var round = 0; round < 5000; round++)
        {
            var damaged = (byte[])header.Clone();
            for (var i = 0; i < 8; i++)
                damaged[16 + random.Next(400)] = (byte)random.Next(256);
            Assert.All(RawLayout.Read(damaged, 1 << 20), file => Assert.InRange(file.Offset + file.Length, 4096, 1 << 20));
        }
    }

    [Fact]
    public void A_file_system_is_not_overwritten()
    {
        var device = Path.Combine(_folder.FullName, "device");
        var bytes = new byte[1 << 20];
        "XFSB"u8.CopyTo(bytes);
        File.WriteAllBytes(device, bytes);
        Assert.Contains("xfs", Assert.Throws<IOException>(() => RawSink.Open(device, "raw")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("virtio:d00000002v*", "virtio:d00000002v00001AF4", true)]
    [InlineData("pci:v00008086d0000[1-3]*sv*", "pci:v00008086d00002abcsv1", true)]
    [InlineData("pci:v00008086d0000[1-3]*sv*", "pci:v00008086d00004abcsv1", false)]
    [InlineData("a?c*", "abcd", true)]
    [InlineData("a?c", "abcd", false)]
    [InlineData("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Aliases_are_matched_as_modprobe_does(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Wildcards.Match(pattern, text));

    [Theory]
    [InlineData("dm-0", "LVM-abc", "a logical volume (LVM)")]
    [InlineData("dm-3", "CRYPT-LUKS2-abc", "encrypted (LUKS or dm-crypt)")]
    [InlineData("md127", "", "a software RAID (md)")]
    public void What_the_capture_kernel_cannot_set_up_is_told_with_what_to_do_instead(string name, string uuid, string what)
    {
        using var tree = new FixtureTree()
            .With("/proc/self/mountinfo", "24 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw")
            .With($"/sys/class/block/{name}/dev", "253:0\n").With($"/sys/class/block/{name}/dm/uuid", $"{uuid}\n")
            .With($"/sys/class/block/{name}/dm/name", "vg-root\n");
        var complaint = Assert.Throws<TargetException>(() =>
            LocalTarget.Resolve(tree.Root, TargetAddress.Parse("/var/crash"))).Message;
        Assert.Contains($"/dev/{name} (vg-root) is {what}", complaint, StringComparison.Ordinal);
        Assert.Contains("set target to a plain partition", complaint, StringComparison.Ordinal);
        Assert.Equal(
            complaint, Assert.Single(EffectiveConfiguration.Parse("/etc/panicle.conf", "target = /var/crash")
                .OutOfReach(tree.Root)).Message);
    }

    [Fact]
    public void A_directory_on_NFS_is_told_how_to_be_given()
    {
        using var tree = new FixtureTree()
            .With("/proc/self/mountinfo", "24 1 0:52 / /var/crash rw,relatime - nfs4 server:/export/crash rw");
        var complaint = Assert.Throws<TargetException>(() =>
            LocalTarget.Resolve(tree.Root, TargetAddress.Parse("/var/crash"))).Message;
        Assert.EndsWith("give it as nfs://server/export/crash", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_servers_are_looked_up_in_the_hosts_file()
    {
        using var tree = new FixtureTree().With("/etc/hosts", "127.0.0.1 localhost\n192.0.2.9\tstore.example store # ours\n");
        Assert.Equal("192.0.2.9", HostNames.AddressOf(tree.Root, "Store.Example").ToString());
        Assert.Equal("198.51.100.1", HostNames.AddressOf(tree.Root, "198.51.100.1").ToString());
    }

    [Fact]
    public void A_signature_in_an_address_is_not_shown()
    {
        var address = TargetAddress.Parse("https://u:p@store.example/b/x?X-Amz-Signature=worth-a-password");
        Assert.Equal("https://u:…@store.example/b/x?…", address.Shown);
        Assert.EndsWith("worth-a-password", address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_mount_that_a_path_lies_on_is_the_deepest()
    {
        using var tree = new FixtureTree().With("/proc/self/mountinfo", """
            24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            30 24 254:2 /sub/vol /var rw,relatime shared:9 - btrfs /dev/vdb rw
            31 30 254:3 / /var/with\040blank rw - xfs /dev/vdc rw
            """);
        Assert.Equal("/", MountPoint.Of(tree.Root, "/variable")!.Path);
        var var = MountPoint.Of(tree.Root, "/var/crash")!;
        Assert.Equal(("btrfs", "/sub/vol/crash"), (var.Type, var.Inside("/var/crash")));
        Assert.Equal("xfs", MountPoint.Of(tree.Root, "/var/with blank/x")!.Type);
    }
}
