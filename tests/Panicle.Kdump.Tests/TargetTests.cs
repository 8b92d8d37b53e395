using System.Net;
using System.Net.Sockets;
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
    [InlineData(0, "LUKS\u00ba\u00be", "LUKS")]
    [InlineData(512, "LABELONE", "LVM")]
    [InlineData(1536, "LABELONE", "LVM")]
    [InlineData(4086, "SWAPSPACE2", "swap")]
    [InlineData(65526, "SWAPSPACE2", "swap")]
    [InlineData(4096, "\u00fc\u004e\u002b\u00a9", "md")]
    [InlineData((1 << 20) - 65536, "\u00fc\u004e\u002b\u00a9", "md")]
    [InlineData((1 << 20) - 8192, "\u00fc\u004e\u002b\u00a9", "md")]
    [InlineData(512, "EFI PART", "GPT")]
    [InlineData((1 << 20) - 512, "EFI PART", "GPT")]
    [InlineData(510, "\u0055\u00aa", "MBR")]
    [InlineData(3, "NTFS    ", "NTFS")]
    [InlineData(0x8001, "CD001", "CD")]
    public void What_others_keep_on_a_device_is_not_overwritten(int at, string magic, string what)
    {
        var device = Path.Combine(_folder.FullName, "device");
        var bytes = new byte[1 << 20];
        Encoding.Latin1.GetBytes(magic).CopyTo(bytes, at);
        File.WriteAllBytes(device, bytes);
        Assert.Contains(what, DeviceContent.Find(device), StringComparison.Ordinal);
        Assert.Contains(what, Assert.Throws<IOException>(() => RawSink.Open(device, "raw")).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(device));
    }

    [Fact]
    public void An_earlier_dump_on_a_raw_device_gives_way()
    {
        var device = Path.Combine(_folder.FullName, "device");
        File.WriteAllBytes(device, RawLayout.Write([new RawFile("dump.202611210412", 4096, 1000, true)], DateTime.UtcNow));
        File.AppendAllText(device, new string('x', 1 << 20));
        Assert.Null(DeviceContent.Find(device));
        RawSink.Open(device, "raw").Dispose();
    }

    [Fact]
    public void A_crash_of_the_same_minute_gets_a_directory_of_its_own_and_a_further_attempt_the_same()
    {
        var there = new HashSet<string> { "202611210412", "202611210412.2" };
        var names = CrashNames.Debian(new DateTime(2026, 11, 21, 4, 12, 0, DateTimeKind.Utc));
        Assert.Equal("202611210412.3", names.Take(there.Add));
        Assert.Equal("202611210412.3", names.Take(there.Add));
        names = CrashNames.Debian(new DateTime(2026, 11, 21, 4, 12, 0, DateTimeKind.Utc));
        Assert.Throws<IOException>(() => names.Take(_ => false));
    }

    [Theory]
    [InlineData("404 Not Found", "/crashes/202611210412/dump.202611210412")]
    [InlineData("200 OK", "/crashes/202611210412.2/dump.202611210412")]
    [InlineData("405 Method Not Allowed", "/crashes/202611210412.????????/dump.202611210412")]
    public void A_web_server_is_asked_what_is_there_before_anything_is_put(string answer, string place)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var put = new List<string>();
        var server = Task.Run(() =>
        {
            for (var first = true; put.Count < 2;)
            {
                using var client = listener.AcceptTcpClient();
                using var stream = client.GetStream();
                using var reader = new StreamReader(stream);
                var request = reader.ReadLine()!.Split(' ');
                while (reader.ReadLine() is { Length: > 0 })
                {
                }
                if (request[0] == "PUT")
                {
                    while (reader.ReadLine() is not "0")
                    {
                    }
                    reader.ReadLine();
                    put.Add(request[1]);
                }
                var said = request[0] == "PUT" ? "201 Created" : first ? answer : "404 Not Found";
                first = false;
                stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {said}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            }
        });
        var target = TargetAddress.Parse($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/crashes");
        var names = CrashNames.Debian(new DateTime(2026, 11, 21, 4, 12, 0, DateTimeKind.Utc));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var sink = new HttpSink(target, names, TimeSpan.FromSeconds(10));
            var stream = sink.Create(names.Dump);
            stream.Write("dump"u8);
            sink.Finish(names.Dump, stream);
        }
        server.Wait(TestContext.Current.CancellationToken);
        Assert.Equal(put[0], put[1]);
        Assert.True(Wildcards.Match(place, put[0]), put[0]);
    }

    [Fact]
    public void A_directory_that_an_FTP_server_has_already_is_left_alone()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var said = new List<string>();
        var server = Task.Run(() =>
        {
            using var client = listener.AcceptTcpClient();
            using var stream = client.GetStream();
            using var reader = new StreamReader(stream);
            using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
            writer.WriteLine("220 hello");
            while (reader.ReadLine() is { } line)
            {
                said.Add(line);
                writer.WriteLine(line switch
                {
                    "MKD crashes" or "MKD 202611210412" => "550 it is there",
                    "CDUP" => "500 what?",
                    ['M', 'K', 'D', ..] => "257 made",
                    _ => "250 fine",
                });
            }
        });
        var target = TargetAddress.Parse($"ftp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/crashes");
        var names = CrashNames.Debian(new DateTime(2026, 11, 21, 4, 12, 0, DateTimeKind.Utc));
        using (var sink = new FtpSink(target, names, TimeSpan.FromSeconds(10)))
            Assert.EndsWith("/crashes/202611210412.2", sink.Description, StringComparison.Ordinal);
        server.Wait(TestContext.Current.CancellationToken);
        Assert.Equal(["CWD 202611210412", "CDUP", "CWD ..", "MKD 202611210412.2", "CWD 202611210412.2"], said.TakeLast(5));
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
