namespace Panicle.Cli.Tests.Commands.Devices;

public sealed class DevCommandTests
{
    public static TheoryData<bool> Dumps => [false, true];

    private static SampleDump Open(bool isNewer) => isNewer ? SampleDump.Sysrq() : SampleDump.NullDeref();

    [Theory]
    [MemberData(nameof(Dumps))]
    public void Lists_device_numbers(bool isNewer)
    {
        using var dump = Open(isNewer);
        var ran = dump.Run("dev");
        Assert.Equal("", ran.Errors);
        Assert.Equal("CHRDEV    NAME                 CDEV        OPERATIONS", ran.Lines[0]);
        Assert.Matches("^   1      mem            [0-9a-f]{16}  memory_fops$", ran.Lines[1]);
        Assert.Matches(
            "^   5      /dev/console   ffffffff[0-9a-f]{8}  console_fops$"
                + "|^   5      /dev/console   ffffffff[0-9a-f]{8}  tty_fops$", ran.Lines[6]);
        Assert.Contains("  13      input               (none)", ran.Lines);
        Assert.Contains(ran.Lines, line =>
            System.Text.RegularExpressions.Regex.IsMatch(line, "^ 254      virtblk        [0-9a-f]{16}  virtblk_fops$"));
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public void Lists_disks_and_their_IO(bool isNewer)
    {
        using var dump = Open(isNewer);
        var disks = dump.Run("dev -d --json").Result.GetProperty("disks").EnumerateArray().ToList();
        Assert.Equal(["vda", "vdb", "vdc", "loop0"], disks.Take(4).Select(disk => disk.GetProperty("name").GetString()));
        var vdb = disks[1];
        Assert.Equal(254, vdb.GetProperty("major").GetInt32());
        Assert.True(vdb.GetProperty("read").GetProperty("operations").GetInt32() > 5); // An ext4 file system was mounted from it.
        Assert.True(vdb.GetProperty("write").GetProperty("sectors").GetInt32() > 0);
        Assert.All(disks, disk =>
            Assert.Equal(0, disk.GetProperty("readsInFlight").GetInt32() + disk.GetProperty("writesInFlight").GetInt32()));
        Assert.Matches("^  254 [0-9a-f]{16}   vda        [0-9a-f]{16}       0     0     0$", dump.Run("dev -d").Lines[1]);
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public void Lists_PCI_devices(bool isNewer)
    {
        using var dump = Open(isNewer);
        var lines = dump.Run("dev -p").Lines;
        Assert.Matches("^[0-9a-f]{16}  0000:00:00.0  0600   8086:1237  \\(none\\)$", lines[1]);
        Assert.Contains(lines, line => line.EndsWith("0100   1af4:1001  virtio-pci", StringComparison.Ordinal));
    }
}
