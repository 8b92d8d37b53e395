using Panicle.Kdump.Setup;

namespace Panicle.Kdump.Tests;

public sealed class SetupTests : IDisposable
{
    private const string GrubFile = "/etc/default/grub.d/zz-panicle.cfg";
    private const string Unit = "/etc/systemd/system/panicle-kdump.service";
    private const string Enabled = "/etc/systemd/system/multi-user.target.wants/panicle-kdump.service";

    private readonly FixtureTree _tree = new FixtureTree()
        .With("/proc/meminfo", "MemTotal:       16000000 kB\n").With("/proc/cmdline", "root=/dev/sda1 quiet\n")
        .With("/proc/sys/kernel/osrelease", "6.1.0-9-amd64\n").With("/proc/sys/kernel/arch", "x86_64\n")
        .With("/var/lib/panicle/capture.img", "built before");

    public void Dispose() => _tree.Dispose();

    private SetupPlan Plan() => SetupPlan.Of(_tree.Root, "/usr/bin/panicle", null);

    // Not built here: the tests' own program can't become its /init.
    private static bool IsNotImage(SetupResult result) => !result.Description.Contains("initramfs", StringComparison.Ordinal);

    [Fact]
    public void Debian_gets_a_file_for_GRUB_and_a_unit_and_a_second_run_changes_nothing()
    {
        _tree.With("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n").With("/etc/systemd/system.conf", "")
            .With("/etc/panicle.conf", "crashkernel = 384M-:256M\n");
        Assert.All(Plan().Run(isDryRun: true).Where(IsNotImage), step => Assert.Equal(SetupOutcome.WouldDo, step.Outcome));
        Assert.False(_tree.Root.HasFile(GrubFile));
        Assert.All(Plan().Run(isDryRun: false).Where(IsNotImage), step => Assert.Equal(SetupOutcome.Done, step.Outcome));
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
        Assert.Equal(3, SetupUndo.Run(_tree.Root, isDryRun: true).Steps.Count);
        Assert.True(_tree.Root.HasFile(GrubFile));
        Assert.All(SetupUndo.Run(_tree.Root, isDryRun: false).Steps, step => Assert.Equal(SetupOutcome.Done, step.Outcome));
        Assert.False(_tree.Root.HasFile(GrubFile));
        Assert.False(_tree.Root.HasFile(Unit));
        Assert.Empty(_tree.Root.FilesIn("/etc/systemd/system/multi-user.target.wants"));
        Assert.Equal("mine\n", _tree.Root.TryRead("/etc/default/grub"));
        Assert.Equal("theirs\n", _tree.Root.TryRead("/etc/default/grub.d/kdump-tools.cfg"));
        AssertNothingToUndo();
    }

    private void AssertNothingToUndo()
    {
        var (steps, notes) = SetupUndo.Run(_tree.Root, isDryRun: false);
        Assert.Empty(steps);
        Assert.Contains("nothing here", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_somebody_elses_is_neither_written_over_nor_removed()
    {
        _tree.With("/etc/default/grub", "").With(GrubFile, "mine\n").With("/etc/systemd/system.conf", "").With(Unit, "mine\n")
            .With(Enabled, "mine\n");
        var results = Plan().Run(isDryRun: false).Where(IsNotImage).ToList();
        Assert.Equal([SetupOutcome.Failed, SetupOutcome.Failed, SetupOutcome.Skipped], results.Select(step => step.Outcome));
        Assert.All(results.Take(2), step => Assert.Contains("is there", step.Error, StringComparison.Ordinal));
        AssertNothingToUndo();
        Assert.Equal(["mine\n", "mine\n", "mine\n"], new[] { GrubFile, Unit, Enabled }.Select(path => _tree.Root.TryRead(path)));
    }

    [Fact]
    public void Files_of_an_earlier_version_are_known_by_their_mark()
    {
        _tree.With(GrubFile, SetupPlan.Mark + "x\n");
        Assert.Contains(
            GrubFile, Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: false).Steps).Description, StringComparison.Ordinal);
        Assert.False(_tree.Root.HasFile(GrubFile));
    }

    [Theory]
    [InlineData("crashkernel=1G-4G:192M,4G-64G:256M", false)]
    [InlineData("crashkernel=1G,high", false)]
    [InlineData("xcrashkernel=1G", false)]
    [InlineData("crashkernel=1G crashkernel=2G", false)]
    [InlineData("a=\"crashkernel=1G\"", false)]
    [InlineData("crashkernel=1G", true)]
    [InlineData("a=\"b c\" crashkernel=1G quiet", true)]
    public void A_reservation_is_there_when_its_value_is(string options, bool isDone)
    {
        _tree.With("/etc/panicle.conf", "crashkernel = 1G\n")
            .With("/boot/loader/entries/a.conf", $"options root=/dev/sda1 {options}\n").With("/usr/sbin/grubby", "");
        Assert.Equal(isDone, Plan().Steps[0].IsDone(_tree.Root));
        File.Delete(_tree.Root.PathOf("/usr/sbin/grubby"));
        _tree.With("/usr/sbin/update-bootloader", "").With("/etc/default/grub", $"GRUB_CMDLINE_LINUX_DEFAULT='{options}'\n");
        Assert.Equal(isDone, Plan().Steps[0].IsDone(_tree.Root));
        File.Delete(_tree.Root.PathOf("/usr/sbin/update-bootloader"));
        Assert.Equal(isDone, Plan().Steps[0].IsDone(_tree.Root));
    }

    [Theory]
    [InlineData("GRUB_CMDLINE_LINUX=crashkernel=1G\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n", "", true)]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=quiet\n",
        "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=1G\"\n", true)]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=crashkernel=1G\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet crashkernel=2G\"\n", false)]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"$(cat /x) crashkernel=1G\"\n", "", false)]
    [InlineData("#GRUB_CMDLINE_LINUX_DEFAULT=crashkernel=1G\n", "", false)]
    public void GRUBs_configuration_is_read_as_the_shell_reads_it(string defaults, string other, bool isDone)
    {
        _tree.With("/etc/panicle.conf", "crashkernel = 1G\n").With("/etc/default/grub", defaults)
            .With("/etc/default/grub.d/kdump-tools.cfg", other);
        Assert.Equal(isDone, Plan().Steps[0].IsDone(_tree.Root));
    }

    [Fact]
    public void A_GRUB_that_does_not_read_the_directory_is_left_to_the_person()
    {
        _tree.With("/etc/default/grub", "").With("/usr/bin/grub-mkconfig", "#!/bin/sh\n. /etc/default/grub\n");
        AssertIsLeftToAPerson();
    }

    private void AssertIsLeftToAPerson()
    {
        var plan = Plan();
        var result = plan.Run(isDryRun: false)[0];
        Assert.Equal(SetupOutcome.Skipped, result.Outcome);
        Assert.Contains("add crashkernel=", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Notes, note => note.Contains("next boot", StringComparison.Ordinal));
        _tree.With("/proc/cmdline", "root=/dev/sda1 crashkernel=512M\n");
        Assert.Equal(SetupOutcome.Already, Plan().Run(isDryRun: false)[0].Outcome);
    }

    [Fact]
    public void Red_Hat_is_set_up_with_grubby_and_where_setup_never_ran_nothing_is_taken_back()
    {
        _tree.With("/usr/sbin/grubby", "").With("/etc/default/grub", "")
            .With("/boot/loader/entries/a.conf", "options root=/dev/sda1 crashkernel=1G-4G:192M\n");
        Assert.Contains("grubby --update-kernel=ALL --args=crashkernel=", Plan().Steps[0].Description, StringComparison.Ordinal);
        AssertNothingToUndo();
    }

    [Fact]
    public void What_grubby_replaced_comes_back_and_what_was_changed_since_stays()
    {
        _tree.With("/usr/sbin/grubby", "").With("/etc/panicle.conf", "crashkernel = 1G\n")
            .With("/boot/loader/entries/a.conf", "linux /vmlinuz-a\noptions ro crashkernel=1G-4G:192M\n")
            .With("/boot/loader/entries/b.conf", "linux /boot/vmlinuz-b\noptions $kernelopts\n")
            .With("/boot/grub2/grubenv", "# GRUB\nkernelopts=ro crashkernel=auto quiet\n");
        Plan().Run(isDryRun: false);
        // In a tree no program is run: nothing has changed yet, and nothing is to be taken back.
        Assert.Empty(SetupUndo.Run(_tree.Root, isDryRun: true).Steps);
        _tree.With("/boot/loader/entries/a.conf", "linux /vmlinuz-a\noptions ro crashkernel=1G\n")
            .With("/boot/grub2/grubenv", "kernelopts=ro crashkernel=1G quiet\n");
        var step = Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: true).Steps);
        Assert.Equal("/usr/sbin/grubby --update-kernel=/boot/vmlinuz-a --args=crashkernel=1G-4G:192M; "
            + "/usr/sbin/grubby --update-kernel=/boot/vmlinuz-b --args=crashkernel=auto", step.Description);
        _tree.With("/boot/loader/entries/b.conf", "linux /boot/vmlinuz-b\noptions ro crashkernel=512M\n");
        Assert.Equal("/usr/sbin/grubby --update-kernel=/boot/vmlinuz-a --args=crashkernel=1G-4G:192M",
            Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: true).Steps).Description);
    }

    [Fact]
    public void Where_there_was_no_reservation_grubby_removes_the_one_that_setup_made_and_no_other()
    {
        _tree.With("/usr/sbin/grubby", "").With("/etc/panicle.conf", "crashkernel = 300M,high 72M,low\n")
            .With("/boot/loader/entries/a.conf", "linux /vmlinuz-a\noptions ro\n");
        Plan().Run(isDryRun: false);
        _tree.With("/boot/loader/entries/a.conf", "linux /vmlinuz-a\noptions ro crashkernel=300M,high crashkernel=72M,low\n");
        Assert.Equal("/usr/sbin/grubby --update-kernel=ALL --remove-args=crashkernel=300M,high crashkernel=72M,low",
            Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: true).Steps).Description);
    }

    [Fact]
    public void SUSEs_file_comes_back_as_it_was_unless_it_was_changed_since()
    {
        _tree.With("/usr/sbin/update-bootloader", "")
            .With("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT='crashkernel=72M,low'\n");
        Assert.Contains("update-bootloader --add-option crashkernel=", Plan().Steps[0].Description, StringComparison.Ordinal);
        AssertNothingToUndo();
        var record = SetupRecord.Read(_tree.Root);
        record.Add(DeedKind.Defaults, "/etc/default/grub", "new\n", "old\n");
        Assert.Contains(
            "was changed since", Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: true).Notes), StringComparison.Ordinal);
        _tree.With("/etc/default/grub", "new\n");
        Assert.Single(SetupUndo.Run(_tree.Root, isDryRun: false).Steps);
        Assert.Equal("old\n", _tree.Root.TryRead("/etc/default/grub"));
        AssertNothingToUndo();
    }

    [Fact]
    public void What_was_there_before_the_first_setup_is_kept_over_the_second()
    {
        var record = SetupRecord.Read(_tree.Root);
        record.Add(DeedKind.Entry, "/a", "two", "one");
        record.Add(DeedKind.Entry, "/a", "three", "two");
        Assert.Equal(new SetupDeed(DeedKind.Entry, "/a", "three", "one"), Assert.Single(SetupRecord.Read(_tree.Root).Deeds));
        record.Add(DeedKind.Entry, "/a", "five", "four"); // Somebody set it meanwhile.
        Assert.Equal(new SetupDeed(DeedKind.Entry, "/a", "five", "four"), Assert.Single(SetupRecord.Read(_tree.Root).Deeds));
    }

    [Fact]
    public void A_system_without_any_of_them_is_told_what_to_write_itself() =>
        AssertIsLeftToAPerson();

    [Theory]
    [InlineData("/usr/sbin/grubby", "run in that one: /usr/sbin/grubby --update-kernel=ALL --args=crashkernel=")]
    [InlineData("/usr/sbin/update-bootloader", "/usr/sbin/update-bootloader --del-option crashkernel=64M; "
        + "/usr/sbin/update-bootloader --add-option crashkernel=")]
    [InlineData("/usr/sbin/update-grub", "run in that one: /usr/sbin/update-grub")]
    public void Programs_of_a_tree_are_not_run_and_nothing_is_said_of_its_next_boot(string program, string left)
    {
        _tree.With(program, "").With("/etc/default/grub", "GRUB_CMDLINE_LINUX=crashkernel=64M\n");
        var plan = Plan();
        Assert.Contains(left, plan.Run(isDryRun: true)[0].Error, StringComparison.Ordinal);
        var result = plan.Run(isDryRun: false)[0];
        Assert.Equal(SetupOutcome.NotRun, result.Outcome);
        Assert.Contains(left, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Notes, note => note.Contains("next boot", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("crashkernel=640M", SetupOutcome.Already, "(crashkernel=640M)")]
    [InlineData("crashkernel=300M,high crashkernel=64M,low", SetupOutcome.Already,
        "(crashkernel=300M,high crashkernel=64M,low)")]
    [InlineData("crashkernel=1G-:640M", SetupOutcome.Already, "(crashkernel=1G-:640M)")]
    [InlineData("crashkernel=1T-:640M", SetupOutcome.Done, "M instead of crashkernel=1T-:640M)")]
    [InlineData("crashkernel=64M", SetupOutcome.Done, "M instead of crashkernel=64M)")]
    [InlineData("crashkernel=auto", SetupOutcome.Done, "M instead of crashkernel=auto)")]
    public void A_reservation_that_is_enough_is_left(string given, SetupOutcome outcome, string description)
    {
        _tree.With("/etc/default/grub", $"GRUB_CMDLINE_LINUX=\"quiet {given}\"\n");
        var result = Plan().Run(isDryRun: false)[0];
        Assert.Equal(outcome, result.Outcome);
        Assert.Contains(description, result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_reservation_than_the_configurations_is_replaced_and_named()
    {
        _tree.With("/etc/panicle.conf", "crashkernel = 300M\n").With("/etc/default/grub", "GRUB_CMDLINE_LINUX=crashkernel=1G\n");
        var result = Plan().Run(isDryRun: false)[0];
        Assert.Equal(SetupOutcome.Done, result.Outcome);
        Assert.Contains("(crashkernel=300M instead of crashkernel=1G)", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_running_kernel_was_given_is_not_lowered()
    {
        _tree.With("/proc/cmdline", "root=/dev/sda1 crashkernel=640M\n").With("/etc/default/grub", "");
        Assert.Contains("(crashkernel=640M)", Plan().Run(isDryRun: false)[0].Description, StringComparison.Ordinal);
        Assert.Contains("crashkernel=640M\"", _tree.Root.TryRead(GrubFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_initramfs_nothing_is_enabled_that_would_fail_at_each_boot()
    {
        File.Delete(_tree.Root.PathOf("/var/lib/panicle/capture.img"));
        _tree.With("/etc/default/grub", "").With("/etc/systemd/system.conf", "");
        Assert.Equal([SetupOutcome.Done, SetupOutcome.Skipped, SetupOutcome.Skipped, SetupOutcome.Skipped],
            Plan().Run(isDryRun: false).Select(step => step.Outcome));
        Assert.False(_tree.Root.HasFile(Unit));
        var failing = SetupPlan.Of(_tree.Root, "/usr/bin/panicle", "/nosuch/panicle").Run(isDryRun: true);
        Assert.Equal(SetupOutcome.Failed, failing[1].Outcome);
        Assert.Equal(SetupOutcome.Skipped, failing[2].Outcome);
    }

    [Fact]
    public void A_record_that_can_not_be_read_is_told_and_kept()
    {
        const string Record = "/var/lib/panicle/setup";
        _tree.With(Record, "nonsense\n99\t/x\t\t\nImage\trelative\t\t\n").With("/etc/default/grub", "");
        var (steps, _) = SetupUndo.Run(_tree.Root, isDryRun: false);
        var step = Assert.Single(steps);
        Assert.Equal(SetupOutcome.Failed, step.Outcome);
        Assert.Contains("3 of its lines", step.Error, StringComparison.Ordinal);
        Plan().Run(isDryRun: false);
        Assert.Contains("nonsense\n", _tree.Root.TryRead(Record), StringComparison.Ordinal);
        Assert.Equal(2, SetupUndo.Run(_tree.Root, isDryRun: false).Steps.Count);
        Assert.Contains("nonsense\n", _tree.Root.TryRead(Record), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_of_the_distributions_is_told_of()
    {
        _tree.With("/etc/systemd/system/multi-user.target.wants/kdump-tools.service", "");
        Assert.Contains(Plan().Notes, note => note.Contains("systemctl disable kdump-tools.service", StringComparison.Ordinal));
    }
}
