using Panicle.Kdump.Loading;
using Panicle.Kdump.Readiness;

namespace Panicle.Kdump.Tests;

public sealed class ReadinessTests : IDisposable
{
    // A machine on which everything that a capture depends on can be seen, and is there.
    private readonly FixtureTree _tree = new FixtureTree()
        .With("/proc/meminfo", "MemTotal:       16000000 kB\n").With("/proc/cmdline", "root=/dev/sda1 crashkernel=512M\n")
        .With("/proc/sys/kernel/osrelease", "6.1.0-9-amd64\n").With("/proc/sys/kernel/arch", "x86_64\n")
        .With("/proc/sys/kernel/random/boot_id", "b1\n").With("/sys/kernel/kexec_crash_loaded", "1\n")
        .With("/sys/kernel/kexec_crash_size", "536870912\n").With("/sys/class/block/sda1/size", "900000000\n")
        .With("/dev/sda1", "").With("/boot/vmlinuz-6.1.0-9-amd64", "").With("/var/lib/panicle/capture.img", "1")
        .With("/etc/panicle.conf", "target = raw:/dev/sda1\n")
        .With("/boot/config-6.1.0-9-amd64", string.Concat(new[]
        {
            "KEXEC_FILE", "CRASH_DUMP", "PROC_VMCORE", "DEBUG_INFO_BTF", "KALLSYMS_ALL", "MAGIC_SYSRQ",
        }.Select(option => $"CONFIG_{option}=y\n")));

    public ReadinessTests()
    {
        File.SetLastWriteTimeUtc(_tree.Root.PathOf("/var/lib/panicle/capture.img"), DateTime.UtcNow.AddMinutes(1));
        LoadRecord.Write(_tree.Root, "/var/lib/panicle/capture.img", "a page was saved");
    }

    public void Dispose() => _tree.Dispose();

    private ReadinessReport Report => ReadinessReport.Of(_tree.Root);

    private void AssertUnknown(string name, string found)
    {
        Assert.Null(Report.IsReady);
        Assert.Contains(Report.Results, result => result.Name == name && result.State == CheckState.Unknown
            && result.Found.Contains(found, StringComparison.Ordinal));
    }

    [Fact]
    public void A_machine_of_which_everything_is_known_is_ready() => Assert.True(
        Report.IsReady, string.Join('\n', Report.Results.Select(result => $"{result.State} {result.Name}: {result.Found}")));

    [Fact]
    public void What_somebody_else_loaded_is_not_vouched_for()
    {
        LoadRecord.Delete(_tree.Root);
        AssertUnknown("capture kernel", "not by Panicle");
    }

    [Fact]
    public void What_was_loaded_before_the_reboot_is_loaded_no_more()
    {
        _tree.With("/proc/sys/kernel/random/boot_id", "b2\n");
        AssertUnknown("capture kernel", "not by Panicle");
    }

    [Fact]
    public void An_initramfs_that_was_built_since_is_not_the_one_that_is_loaded()
    {
        _tree.With("/var/lib/panicle/capture.img", "other");
        AssertUnknown("capture kernel", "another /var/lib/panicle/capture.img");
    }

    [Fact]
    public void A_configuration_that_was_changed_since_is_not_what_a_capture_would_do()
    {
        File.SetLastWriteTimeUtc(_tree.Root.PathOf("/etc/panicle.conf"), DateTime.UtcNow.AddMinutes(2));
        AssertUnknown("initramfs", "is older than /etc/panicle.conf");
    }

    [Fact]
    public void An_initramfs_that_nobody_rehearsed_is_not_vouched_for()
    {
        LoadRecord.Write(_tree.Root, "/var/lib/panicle/capture.img", "");
        AssertUnknown("rehearsal", "not tried");
    }

    [Fact]
    public void A_kernel_whose_options_nobody_knows_is_not_vouched_for_unless_a_test_did()
    {
        File.Delete(_tree.Root.PathOf("/boot/config-6.1.0-9-amd64"));
        AssertUnknown("kernel options", "neither /proc/config.gz");
        _tree.With("/var/lib/panicle/proof", "2026-11-28T00:00:00.0000000Z\t6.1.0-9-amd64\t/var/crash/1/dump\n");
        Assert.True(Report.IsReady);
    }

    [Fact]
    public void A_kernel_without_a_configuration_is_known_by_its_functions()
    {
        File.Delete(_tree.Root.PathOf("/boot/config-6.1.0-9-amd64"));
        _tree.With("/proc/kallsyms", "0000000000000000 T elfcorehdr_read\n0000000000000000 t mmap_vmcore\t[other]\n");
        AssertUnknown("kernel options", "neither /proc/config.gz");
        _tree.With("/proc/kallsyms", "0000000000000000 T elfcorehdr_read\n0000000000000000 t mmap_vmcore\n");
        Assert.True(Report.IsReady);
        Assert.Contains(Report.Results, result => result is { Name: "kernel options", State: CheckState.Note }
            && result.Found.Contains("KEXEC_FILE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("target = nowhere\n")]
    [InlineData("target = raw:/dev/nosuch\n")]
    public void A_target_that_nothing_tells_or_that_is_not_there_is_no_target(string configuration)
    {
        _tree.With("/etc/panicle.conf", configuration);
        Assert.False(Report.IsReady);
        Assert.Contains(Report.Results, result => result.Name == "last proof");
    }

    [Fact]
    public void A_configuration_that_can_not_be_read_is_told_in_one_line()
    {
        File.Delete(_tree.Root.PathOf("/etc/panicle.conf"));
        Directory.CreateDirectory(_tree.Root.PathOf("/etc/panicle.conf"));
        Assert.False(Report.IsReady);
        Assert.Contains("any of its keys",
            Assert.Single(Report.Results, result => result is { Name: "configuration", State: CheckState.Bad }).Found,
            StringComparison.Ordinal);
    }
}
