using Panicle.Kdump.Setup;

namespace Panicle.Kdump.Tests;

public sealed class SetupTests : IDisposable
{
    private const string GrubFile = "/etc/default/grub.d/zz-panicle.cfg";
    private const string Unit = "/etc/systemd/system/panicle-kdump.service";
    private const string Enabled = "/etc/systemd/system/multi-user.target.wants/panicle-kdump.service";

    private readonly FixtureTree _tree = new FixtureTree()
        .With("/proc/meminfo", "MemTotal:       16000000 kB\n").With("/proc/cmdline", "root=/dev/sda1 quiet\n")
        .With("/proc/sys/kernel/osrelease", "6.1.0-9-amd64\n").With("/proc/sys/kernel/arch", "x86_64\n");

    public void Dispose() => _tree.Dispose();

    private SetupPlan Plan() => SetupPlan.Of(_tree.Root, "/usr/bin/panicle", null);

    [Fact]
    public void Debian_gets_a_file_for_GRUB_and_a_unit_and_a_second_run_changes_nothing()
    {
        _tree.With("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n").With("/etc/systemd/system.conf", "")
            .With("/etc/panicle.conf", "crashkernel = 384M-:256M\n");
        Assert.All(Plan().Run(isDryRun: true), step => Assert.Equal(SetupOutcome.WouldDo, step.Outcome));
        Assert.False(_tree.Root.HasFile(GrubFile));
        Assert.All(Plan().Run(isDryRun: false), step => Assert.Equal(SetupOutcome.Done, step.Outcome));
        Assert.Contains("GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=384M-:256M\"",
            _tree.Root.TryRead(GrubFile), StringComparison.Ordinal);
        Assert.Contains("ExecStart=/usr/bin/panicle kdump load", _tree.Root.TryRead(Unit), StringComparison.Ordinal);
        Assert.Equal(Unit, new FileInfo(_tree.Root.PathOf(Enabled)).LinkTarget);
        Assert.All(Plan().Run(isDryRun: false), step => Assert.Equal(SetupOutcome.Already, step.Outcome));
    }

    [Fact]
    public void Undo_takes_back_what_was_done_and_nothing_else()
    {
        _tree.With("/etc/default/grub", "mine\n").With("/etc/default/grub.d/kdump-tools.cfg", "theirs\n")
            .With("/etc/systemd/system.conf", "");
        Plan().Run(isDryRun: false);
        Plan().Undo(isDryRun: false);
        Assert.False(_tree.Root.HasFile(GrubFile));
        Assert.False(_tree.Root.HasFile(Unit));
        Assert.Empty(_tree.Root.FilesIn("/etc/systemd/system/multi-user.target.wants"));
        Assert.Equal("mine\n", _tree.Root.TryRead("/etc/default/grub"));
        Assert.Equal("theirs\n", _tree.Root.TryRead("/etc/default/grub.d/kdump-tools.cfg"));
        Assert.All(Plan().Undo(isDryRun: false), step => Assert.Null(step.Error));
    }

    [Fact]
    public void Red_Hat_is_set_up_with_grubby()
    {
        _tree.With("/usr/sbin/grubby", "").With("/etc/default/grub", "")
            .With("/boot/loader/entries/a.conf", "options root=/dev/sda1 quiet\n");
        Assert.Contains("grubby --update-kernel=ALL --args=crashkernel=", Plan().Steps[0].Description, StringComparison.Ordinal);
        Assert.False(Plan().Steps[0].IsDone(_tree.Root));
    }

    [Fact]
    public void SUSE_is_set_up_with_update_bootloader()
    {
        _tree.With("/usr/sbin/update-bootloader", "").With("/etc/default/grub", "");
        Assert.Contains("update-bootloader --add-option crashkernel=", Plan().Steps[0].Description, StringComparison.Ordinal);
        Assert.Contains("--del-option crashkernel", Plan().Steps[0].Undoing, StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_without_any_of_them_is_told_what_to_write_itself() =>
        Assert.Contains(Plan().Notes, note => note.Contains("add crashkernel=", StringComparison.Ordinal));

    [Fact]
    public void A_service_of_the_distributions_is_told_of()
    {
        _tree.With("/etc/systemd/system/multi-user.target.wants/kdump-tools.service", "");
        Assert.Contains(Plan().Notes, note => note.Contains("systemctl disable kdump-tools.service", StringComparison.Ordinal));
    }
}
