using Panicle.Logs.Events;

namespace Panicle.Logs.Tests.Events;

/// <summary>Forms that the lab's machines never print: other architectures, storage, hardware.</summary>
public class FormTests
{
    [Theory]
    [InlineData(OopsKind.NullPointerDereference, "do_idle", "arm", 0x4ul, """
        Unable to handle kernel NULL pointer dereference at virtual address 00000004
        pgd = 3933c2be
        Internal error: Oops: 17 [#1] ARM
        CPU: 0 PID: 0 Comm: swapper Tainted: G         C        5.10.17+ #1421
        PC is at do_idle+0x28/0x108
        LR is at trace_hardirqs_on+0x4c/0x14c
        pc : [<c0053e9c>]    lr : [<c00f5f64>]    psr: 60000013
        [<c0053e9c>] (do_idle) from [<c00541b0>] (cpu_startup_entry+0x18/0x1c)
        """)]
    [InlineData(OopsKind.NullPointerDereference, "foo_open", "arm64", 0x60ul, """
        Unable to handle kernel NULL pointer dereference at virtual address 0000000000000060
        Mem abort info:
          ESR = 0x0000000096000005
        Internal error: Oops: 0000000096000005 [#1] PREEMPT SMP
        CPU: 0 PID: 220 Comm: sh Not tainted 6.6.51 #1
        pstate: 20000005 (nzCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)
        pc : foo_open+0xd0/0x260 [foo]
        lr : foo_open+0x60/0x260 [foo]
        x29: ffffffc08065b8c0 x28: ffffff800300bc00
        Call trace:
         foo_open+0xd0/0x260 [foo]
         chrdev_open+0xc0/0x240
        """)]
    [InlineData(OopsKind.NullPointerDereference, "driver_probe", "ppc64le", 0x8ul, """
        BUG: Kernel NULL pointer dereference on read at 0x00000008
        Faulting instruction address: 0xc000000000a3b4d8
        Oops: Kernel access of bad area, sig: 11 [#1]
        CPU: 5 PID: 1234 Comm: modprobe Not tainted 6.1.0 #1
        NIP:  c000000000a3b4d8 LR: c000000000a3b4a0 CTR: c000000000a3b460
        NIP [c000000000a3b4d8] driver_probe+0x78/0x120
        LR [c000000000a3b4a0] driver_probe+0x40/0x120
        Call Trace:
        [c00000000b3fba40] [c000000000a3b4a0] driver_probe+0x40/0x120 (unreliable)
        [c00000000b3fba80] [c000000000a3c1d8] really_probe+0x128/0x4c0
        """)]
    [InlineData(OopsKind.PageFault, "foo_handler", "s390x", 0x0ul, """
        Unable to handle kernel pointer dereference in virtual kernel address space
        Failing address: 0000000000000000 TEID: 0000000000000483
        Oops: 0004 ilc:3 [#1] SMP
        CPU: 0 PID: 5 Comm: kworker/0:0 Not tainted 5.14.0 #1
        Krnl PSW : 0704e00180000000 000003ff8012a0d6 (foo_handler+0x16/0x30 [foo])
        Call Trace:
         [<000003ff8012a0d6>] foo_handler+0x16/0x30 [foo]
         [<000000000016a3c8>] process_one_work+0x200/0x458
        """)]
    [InlineData(OopsKind.PageFault, "foo_remove", "riscv64", 0xff6000009abc0000ul, """
        Unable to handle kernel paging request at virtual address ff6000009abc0000
        Oops [#1]
        CPU: 1 PID: 99 Comm: sh Not tainted 6.1.0 #3
        epc : foo_remove+0x10/0x14
         ra : __handle_sysrq+0xa6/0x170
        status: 0000000000000120 badaddr: ff6000009abc0000 cause: 000000000000000f
        [<ffffffff804e2b50>] foo_remove+0x10/0x14
        """)]
    [InlineData(OopsKind.PageFault, "foo_ioctl", "x86-32", 0xf8a00010ul, """
        BUG: unable to handle kernel paging request at f8a00010
        IP: foo_ioctl+0x21/0x60 [foo]
        Oops: 0002 [#1] SMP
        CPU: 1 PID: 2345 Comm: tool Not tainted 4.19.0-686 #1
        EIP: foo_ioctl+0x21/0x60 [foo]
        EAX: f8a00010 EBX: 00000000 ECX: 00000001 EDX: 00000000
        Call Trace:
         do_vfs_ioctl+0x90/0x6e0
        """)]
    public void Another_architectures_oops_is_read(
        OopsKind kind, string function, string architecture, ulong address, string text)
    {
        var found = Assert.Single(SampleLogs.Read(text).Events);
        Assert.Equal(
            (kind, function, architecture, address), (found.Kind, found.Function, found.Architecture, found.FaultAddress?.Value));
    }

    [Theory]
    [InlineData(OopsKind.FilesystemError, "ext4_lookup",
        "EXT4-fs error (device sda1): ext4_lookup:1841: inode #2: comm ls: iget: checksum invalid")]
    [InlineData(OopsKind.FilesystemError, "xfs_agi_read_verify",
        "XFS (dm-0): Metadata corruption detected at xfs_agi_read_verify+0xd6/0x100 [xfs], xfs_agi block 0x2")]
    [InlineData(
        OopsKind.FilesystemError, "xfs_trans_cancel",
        "XFS (dm-0): Internal error xfs_trans_cancel at line 957 of file fs/xfs/xfs_trans.c.  "
            + "Caller xfs_create+0x3a5/0x5b0 [xfs]")]
    [InlineData(OopsKind.FilesystemError, "btrfs_commit_transaction",
        "BTRFS: error (device sdb1) in btrfs_commit_transaction:2323: errno=-5 IO failure")]
    [InlineData(OopsKind.IoError, null, "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10")]
    [InlineData(OopsKind.IoError, null, "I/O error, dev sda, sector 1234567 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2")]
    [InlineData(OopsKind.HardwareError, null, "pcieport 0000:00:1c.0: AER: Uncorrected (Fatal) error received: 0000:01:00.0")]
    [InlineData(OopsKind.HardwareError, null, "Kernel panic - not syncing: Fatal machine check")]
    [InlineData(OopsKind.OutOfMemory, null, "Out of memory: Killed process 4242 (java) total-vm:12345kB, anon-rss:2345kB")]
    public void A_line_alone_is_an_event(OopsKind kind, string? function, string line)
    {
        var found = Assert.Single(SampleLogs.Read("[   10.000000] " + line).Events);
        Assert.Equal((kind, function), (found.Kind, found.Function));
    }

    [Fact]
    public void The_lines_of_a_hardware_error_are_one_event()
    {
        var found = Assert.Single(SampleLogs.Read("""
            [   10.000000] mce: [Hardware Error]: Machine check events logged
            [   10.000001] mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 4: a600000000020408
            [   10.000002] mce: [Hardware Error]: TSC 0 ADDR fef4c9e0
            [   10.000003] mce: [Hardware Error]: PROCESSOR 0:706a1 TIME 1537152664 SOCKET 0 APIC 0 microcode 28
            """).Events);
        Assert.Equal((OopsKind.HardwareError, 1, 4), (found.Kind, found.FirstLine, found.LastLine));
    }

    [Theory]
    [InlineData("ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0.LPCB.EC0], AE_NOT_FOUND (20210730/psargs-330)")]
    [InlineData("usb 1-1: device descriptor read/64, error -71")]
    [InlineData("EXT4-fs (sda2): mounted filesystem with ordered data mode.")]
    [InlineData("traps: foo[123] general protection fault ip:7f1 sp:7ff error:0 in libc.so[7f0+1000]")]
    [InlineData("foo[124]: segfault at 0 ip 0000000000400537 sp 00007ffd error 4 in foo[400000+1000]")]
    [InlineData("nvidia: module license 'NVIDIA' taints kernel.")]
    [InlineData("EDAC MC0: Giving out device to module skx_edac controller Skylake")]
    [InlineData("BTRFS info (device sdb1): using crc32c checksum algorithm")]
    [InlineData("mce: CPU supports 7 MCE banks")]
    [InlineData("pcieport 0000:00:1c.0: AER: enabled with IRQ 122")]
    public void A_clean_logs_line_is_none(string line) => Assert.Empty(SampleLogs.Read("[   10.000000] " + line).Events);
}
