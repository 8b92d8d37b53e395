using Panicle.Kdump.Configuration;
using Panicle.Kdump.Crashkernel;
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
        .With("/sys/class/block/sda1/serial", "disk 1\n")
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

    [Theory]
    [InlineData(1, CheckState.Bad)]
    [InlineData(70, CheckState.Bad)] // Less than the kernel and its initramfs.
    [InlineData(100, CheckState.Unknown)] // Less than the estimate.
    public void Too_little_reserved_memory_is_no_promise(int megabytes, CheckState state)
    {
        _tree.With("/sys/kernel/kexec_crash_size", $"{megabytes << 20}\n");
        AssertState("reserved memory", state, $"{megabytes} MB");
    }

    [Theory]
    [InlineData("sdb1", "sda1", "target", "the dump would go to the fallback")]
    [InlineData("sda1", "sdb1", "fallback", "there would be nothing to fall back to")]
    public void One_place_that_takes_the_dump_is_enough(string target, string fallback, string full, string meaning)
    {
        _tree.With("/dev/sdb1", "").With("/sys/class/block/sdb1/size", "9000\n").With("/sys/class/block/sdb1/serial", "disk 2\n")
            .With("/etc/panicle.conf", $"target = raw:/dev/{target}\nfallback = raw:/dev/{fallback}\n");

        Assert.True(Report.IsReady);
        var said = Report.Results.Single(result => result.Name == full);
        Assert.Equal((CheckState.Warning, meaning), (said.State, said.Meaning));
    }

    [Fact]
    public void A_fallback_that_the_initramfs_refuses_is_no_help()
    {
        _tree.With("/dev/sdb1", "").With("/sys/class/block/sdb1/size", "9000\n")
            .With("/etc/panicle.conf", "target = raw:/dev/sda1\nfallback = raw:/dev/sdb1\n");
        Assert.False(Report.IsReady);
    }

    [Fact]
    public void A_reservation_that_is_no_size_is_not_known()
    {
        _tree.With("/sys/kernel/kexec_crash_size", "-5\n");
        AssertState("reserved memory", CheckState.Unknown, "says no size");
    }

    [Fact]
    public void A_machine_whose_memory_nobody_knows_may_need_any_amount()
    {
        File.Delete(_tree.Root.PathOf("/proc/meminfo"));
        AssertState("reserved memory", CheckState.Unknown, "512 MB");
        AssertState("target", CheckState.Unknown, "nothing tells how much memory");
    }

    [Fact]
    public void A_command_line_without_a_reservation_is_said_to_have_none()
    {
        _tree.With("/proc/cmdline", "root=/dev/sda1\n");
        Assert.Contains(Report.Results, result => result.Name == "reserved memory"
            && result.Found.Contains("512 MB (no crashkernel=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cmdline-append = rdinit=/bin/busybox", CheckState.Bad, "rdinit=/bin/busybox")]
    [InlineData("cmdline-append = mem=24M", CheckState.Bad, "mem=24M")]
    [InlineData("cmdline-append = mem=2G", CheckState.Unknown, "mem=2G")]
    [InlineData("cmdline-append = memmap=16M$0x4000000", CheckState.Unknown, "memmap=")]
    [InlineData("cmdline-append = module_blacklist=ahci", CheckState.Unknown, "module_blacklist=")]
    [InlineData("cmdline-remove = nr-cpus", CheckState.Unknown, "limits the capture kernel to 1 of 2 CPUs")]
    [InlineData("cmdline-remove = reset_devices", CheckState.Unknown, "reset_devices isn't on it")]
    [InlineData("cmdline = nr_cpus=1 reset_devices panic=5 page_owner=on", CheckState.Unknown, "page_owner=on")]
    [InlineData("cmdline = nr_cpus=1 reset_devices panic=5 \"rdinit=/x y\"", CheckState.Bad, "rdinit=/x y")]
    public void What_the_command_line_would_do_to_a_capture_is_told(string line, CheckState state, string found)
    {
        _tree.With("/sys/devices/system/cpu/present", "0-1\n").With("/etc/panicle.conf", $"target = raw:/dev/sda1\n{line}\n");
        AssertState("command line", state, found);
    }

    [Fact]
    public void A_command_line_on_which_nothing_prevents_a_capture_prevents_no_promise()
    {
        _tree.With("/etc/panicle.conf", """
            target = raw:/dev/sda1
            cmdline-append = console=ttyS1 rdinit=/init init=/sbin/init
            cmdline-remove = panic
            """);
        Assert.True(Report.IsReady);
        Assert.Contains(Report.Results, result => result is { Name: "command line", State: CheckState.Warning });
    }

    [Theory]
    [InlineData("/sys/class/block/sda1/ro", "1\n", "read-only")]
    [InlineData("/proc/swaps", "Filename\tType\n/dev/sda1   partition\t1\t0\t-2\n", "as swap")]
    [InlineData("/proc/self/mountinfo", "45 1 0:37 / /srv rw - nilfs2 /dev/sda1 rw\n", "as the file system on /srv")]
    [InlineData("/sys/class/block/sda1/holders/dm-3/dev", "253:3\n", "by dm-3")]
    [InlineData("/sys/class/block/sda1/sda1p2/partition", "2\n", "as the disk of sda1p2")]
    public void A_device_that_takes_no_dump_is_no_target(string path, string content, string found)
    {
        _tree.With(path, content);
        AssertState("target", CheckState.Bad, found);
        Assert.Contains(EffectiveConfiguration.Read(_tree.Root).OutOfReach(_tree.Root),
            remark => remark.Message.Contains(found, StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_of_which_nothing_is_known_may_have_anything_on_it_and_no_room()
    {
        File.Delete(_tree.Root.PathOf("/sys/class/block/sda1/size"));
        AssertState("target", CheckState.Unknown, "how much room there is isn't known");
        File.Delete(_tree.Root.PathOf("/dev/sda1"));
        AssertState("target", CheckState.Unknown, "can't be read");
    }

    [Fact]
    public void What_the_initramfs_would_refuse_is_refused()
    {
        File.Delete(_tree.Root.PathOf("/sys/class/block/sda1/serial"));
        AssertState("target", CheckState.Bad, "says nothing of itself");
        Assert.Contains(EffectiveConfiguration.Read(_tree.Root).OutOfReach(_tree.Root),
            remark => remark.Message.Contains("says nothing of itself", StringComparison.Ordinal));
    }

    [Fact]
    public void A_module_that_is_not_there_is_told()
    {
        _tree.With("/etc/panicle.conf", "target = raw:/dev/sda1\nmodules = megaraid_sas\n");
        AssertState("configuration", CheckState.Unknown, "there is no module megaraid_sas");
        Assert.Contains(EffectiveConfiguration.Read(_tree.Root).OutOfReach(_tree.Root),
            remark => remark.Message.Contains("megaraid_sas", StringComparison.Ordinal));
        _tree.With("/lib/modules/6.1.0-9-amd64/modules.builtin", "kernel/drivers/scsi/megaraid/megaraid_sas.ko\n");
        Assert.True(Report.IsReady);
    }

    [Theory]
    [InlineData("../ahci")]
    [InlineData("ahci,/lib/x.ko")]
    [InlineData("-r")]
    public void What_is_no_name_of_a_module_is_no_module(string names)
    {
        _tree.With("/etc/panicle.conf", $"target = raw:/dev/sda1\nmodules = {names}\n");
        AssertState("configuration", CheckState.Bad, "is no name of a module");
    }

    [Fact]
    public void How_much_room_another_systems_file_system_has_is_not_known()
    {
        MountExt4("rw");
        AssertState("target", CheckState.Unknown, "how much room there is isn't known");
        MountExt4("ro,errors=remount-ro");
        AssertState("target", CheckState.Unknown, "mounted read-only");
        _tree.With("/srv/dumps", "");
        AssertState("target", CheckState.Bad, "/srv/dumps is a file and no directory");
    }

    [Fact]
    public void A_file_system_without_a_lasting_name_is_not_vouched_for()
    {
        MountExt4("rw");
        File.Delete(_tree.Root.PathOf("/sys/class/block/sda1/serial"));
        _tree.With("/dev/sda1", "");
        AssertState("target", CheckState.Unknown, "no UUID");
    }

    [Theory]
    [InlineData("nfs://dumps.example/export", "10.9.8.7 dumps.example dumps\n", "10.9.8.7 by its /etc/hosts")]
    [InlineData("http://no-such-host.invalid/x", "", "not tried: it is another system's")]
    [InlineData("ssh://kim@127.0.0.1:9/x", "", "not tried: it is another system's")]
    public void Another_systems_server_is_not_asked_from_here(string target, string hosts, string found)
    {
        _tree.With("/etc/panicle.conf", $"target = {target}\n").With("/etc/hosts", hosts);
        Assert.Contains(Report.Results, result => result is { Name: "target", State: CheckState.Unknown }
            && result.Found.Contains(found, StringComparison.Ordinal));
    }

    [Fact]
    public void What_depends_on_an_unknown_configuration_is_said_not_to_have_been_looked_at()
    {
        File.Delete(_tree.Root.PathOf("/etc/panicle.conf"));
        Directory.CreateDirectory(_tree.Root.PathOf("/etc/panicle.conf"));
        Assert.Equal(["reserved memory", "image", "rehearsal", "target", "command line"],
            Report.Results.Where(result => result.Found == "not looked at").Select(result => result.Name));
    }

    [Fact]
    public void An_empty_image_is_no_image()
    {
        Assert.Contains(Report.Results, result => result is { Name: "image", State: CheckState.Warning }
            && result.Found.Contains("is empty", StringComparison.Ordinal));
        var part = ReservationEstimate.Of(
            _tree.Root, Machine.Read(_tree.Root), EffectiveConfiguration.Read(_tree.Root)).Parts[0];
        Assert.Contains("/boot/vmlinuz-6.1.0-9-amd64 doesn't say", part.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raw:/dev/sda1")]
    [InlineData("/dev/sda1:/crash")]
    public void A_read_only_disk_makes_its_partitions_so(string target)
    {
        _tree.With("/etc/panicle.conf", $"target = {target}\n").With("/sys/devices/pci0/block/sda/ro", "1\n")
            .With("/sys/devices/pci0/block/sda/sda1/partition", "1\n").With("/sys/devices/pci0/block/sda/sda1/ro", "0\n");
        Directory.Delete(_tree.Root.PathOf("/sys/class/block/sda1"), recursive: true);
        _tree.WithLink("/sys/class/block/sda1", "../../devices/pci0/block/sda/sda1");
        AssertState("target", CheckState.Bad, "/dev/sda1 is read-only");
    }

    [Fact]
    public void A_kernel_that_nothing_names_is_not_called_by_an_empty_name()
    {
        File.Delete(_tree.Root.PathOf("/proc/sys/kernel/osrelease"));
        AssertState("kernel options", CheckState.Unknown, "a config of the running Linux");
        Assert.Contains(Report.Results, result => result.Name == "image"
            && result.Found.Contains("nothing tells which Linux", StringComparison.Ordinal));
    }

    private void MountExt4(string options)
    {
        var content = new byte[1 << 17];
        (content[1080], content[1081], content[1120]) = (0x53, 0xef, 0x40);
        content.AsSpan(1128, 16).Fill(7);
        _tree.With("/dev/sda1", content).With("/sys/class/block/sda1/dev", "8:1\n")
            .With("/proc/self/mountinfo", $"45 1 8:1 / / rw shared:9 - ext4 /dev/sda1 {options}\n")
            .With("/etc/panicle.conf", "target = /srv/dumps\n");
    }

    private void AssertState(string name, CheckState state, string found)
    {
        Assert.NotEqual(true, Report.IsReady);
        Assert.Contains(Report.Results, result => result.Name == name && result.State == state
            && result.Found.Contains(found, StringComparison.Ordinal));
    }

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
