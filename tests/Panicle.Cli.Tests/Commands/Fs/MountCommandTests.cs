namespace Panicle.Cli.Tests.Commands.Fs;

public sealed class MountCommandTests
{
    // /proc/mounts of both guests.
    private static readonly string[] Expected =
    [
        "rootfs rootfs /", "proc proc /proc", "sysfs sysfs /sys", "devtmpfs devtmpfs /dev", "debugfs debugfs /sys/kernel/debug",
        "tmpfs tmpfs /tmp", "ext4 /dev/vdb /mnt",
    ];

    public static TheoryData<bool> Dumps => [false, true];

    [Theory]
    [MemberData(nameof(Dumps))]
    public void Lists_what_the_kernel_listed(bool isTree)
    {
        // 6.1 has a list of mounts, 6.12 a tree.
        using var dump = isTree ? SampleDump.Sysrq() : SampleDump.NullDeref();
        var ran = dump.Run("mount");
        Assert.Equal("", ran.Errors);
        Assert.Equal("     MOUNT           SUPERBLK     TYPE      DEVNAME   DIRNAME", ran.Lines[0]);
        Assert.Equal(Expected, ran.Lines[1..].Select(line =>
            string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..])));
    }

    [Theory]
    [InlineData("mount ext4")]
    [InlineData("mount /mnt")]
    [InlineData("mount /dev/vdb")]
    [InlineData("mount -n 2 /mnt")]
    public void Operands_choose(string line)
    {
        using var dump = SampleDump.NullDeref();
        Assert.EndsWith("ext4  /dev/vdb  /mnt", Assert.Single(dump.Run(line).Lines[1..]));
    }
}
