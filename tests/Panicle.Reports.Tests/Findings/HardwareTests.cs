using System.Text;
using Panicle.Logs.Decoding;
using Panicle.Logs.Events;
using Panicle.Reports.Findings;

namespace Panicle.Reports.Tests.Findings;

/// <summary>Errors of the hardware, from lines that real machines printed.</summary>
public class HardwareTests
{
    /// <summary>Status registers whose meaning mcelog told, too, and one of an AMD machine with a sudden restart.</summary>
    [Theory]
    [InlineData(
        0x9c00004001010090, ProcessorVendor.Intel, "memory: a read failed, channel 0 of the memory controller", "corrected")]
    [InlineData(0x90000040000f0005, ProcessorVendor.Intel, "a parity error inside the processor", "corrected")]
    [InlineData(
        0xf200084000000800, ProcessorVendor.Intel,
        "an error over the bus or interconnect, to memory: this processor's own request",
        "not corrected, the processor's state is lost, and more came than could be kept")]
    [InlineData(0xb200000000040151, ProcessorVendor.Intel, "an instruction fetch in the instruction cache, level 1",
        "not corrected, the processor's state is lost")]
    [InlineData(0xbea0000000000108, ProcessorVendor.Amd, "an error in the generic cache, level 0",
        "not corrected, the processor's state is lost")]
    [InlineData(0xdc2040000000011b, ProcessorVendor.Amd, "a read in the generic cache, an unspecified level",
        "corrected, and more came than could be kept")]
    public void Status_is_decoded(ulong status, ProcessorVendor vendor, string error, string severity)
    {
        var check = new MachineCheck(status, vendor);
        Assert.Equal((error, severity), (check.Error, check.Severity));
    }

    /// <summary>A fatal machine check is the cause, with bank, CPU and address.</summary>
    [Fact]
    public void A_fatal_machine_check_is_the_cause()
    {
        var findings = Of("""
            [  215.123456] mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 5: bea0000000000108
            [  215.123460] mce: [Hardware Error]: RIP !INEXACT! 10:<ffffffff816a2c4e> {intel_idle+0xd2/0x170}
            [  215.123470] mce: [Hardware Error]: TSC 0 ADDR 1ffffc0b5e7ea MISC d012000100000000 SYND 4d000000 IPID 500b000000000
            [  215.123480] mce: [Hardware Error]: PROCESSOR 2:800f11 TIME 1541432109 SOCKET 0 APIC 8 microcode 8001129
            [  215.123490] mce: [Hardware Error]: Machine check: Processor context corrupt
            [  215.123500] Kernel panic - not syncing: Fatal machine check
            """);
        Assert.Equal((OopsKind.HardwareError, FindingRole.Cause, Certainty.Certain),
            (findings[0].Kind, findings[0].Role, findings[0].Certainty));
        Assert.Contains(
            "CPU 3, bank 5: an error in the generic cache, level 0, at address 0x1ffffc0b5e7ea; "
                + "not corrected, the processor's state is lost", findings[0].Evidence.Select(evidence => evidence.Text));
        Assert.Equal(1, findings[0].Evidence[0].Line);
    }

    /// <summary>Corrected errors before a crash of another kind are a circumstance.</summary>
    [Fact]
    public void Corrected_errors_are_a_circumstance()
    {
        var findings = Of("""
            [  100.000000] mce: [Hardware Error]: Machine check events logged
            [  100.000001] [Hardware Error]: Corrected error, no action required.
            [  100.000002] [Hardware Error]: CPU:2 (17:1:1) MC15_STATUS[Over|CE|MiscV|AddrV|-|-|SyndV|CECC]: 0xdc2040000000011b
            [  100.000003] [Hardware Error]: Error Addr: 0x000000047a4d9b40
            [  300.000000] Kernel panic - not syncing: sysrq triggered crash
            [  300.000001] CPU: 0 PID: 1 Comm: sh Not tainted 6.1.0 #1
            """);
        Assert.Equal([FindingRole.Trigger, FindingRole.Circumstance], findings.Select(finding => finding.Role));
        Assert.Contains("CPU 2, bank 15", findings[1].Evidence[1].Text, StringComparison.Ordinal);
        Assert.Contains("at address 0x47a4d9b40", findings[1].Evidence[1].Text, StringComparison.Ordinal);
    }

    /// <summary>AER, EDAC, disks and heat are each told of, with the device.</summary>
    [Theory]
    [InlineData(
        "[   41.670148] pcieport 0000:00:1c.1: PCIe Bus Error: severity=Corrected, type=Data Link Layer, (Transmitter ID)\n"
            + "[   41.670153] pcieport 0000:00:1c.1:    [12] Timeout               ",
        "0000:00:1c.1", "[12] Timeout")]
    [InlineData(
        "feb 12 00:48:02 host kernel: pcieport 0000:00:1c.5: AER: PCIe Bus Error: severity=Corrected, type=Physical Layer, "
            + "(Receiver ID)\n"
            + "feb 12 00:48:02 host kernel: pcieport 0000:00:1c.5: AER:    [ 0] RxErr                  (First)",
        "physical layer", "RxErr")]
    [InlineData(
        "[  123.456789] EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 slot:0 "
            + "page:0x12345 offset:0x0 grain:32 syndrome:0x0)",
        "CPU_SrcID#0_Ha#0_Chan#1_DIMM#0", "EDAC MC0")]
    [InlineData(
        "[  123.456789] blk_update_request: I/O error, dev sda, sector 1953504 op 0x0:(READ) "
            + "flags 0x80700 phys_seg 1 prio class 0",
        "The disk sda", "sector 1953504")]
    [InlineData("[  123.456789] nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10", "nvme0",
        "CSTS=0xffffffff")]
    [InlineData("[  123.456789] ata1.00: failed command: READ FPDMA QUEUED", "ata1.00", "READ FPDMA")]
    [InlineData("[  123.456789] CPU2: Core temperature above threshold, cpu clock throttled (total events = 1)",
        "slowed itself down", "total events = 1")]
    public void A_devices_errors_are_told(string text, string title, string evidence)
    {
        var finding = Assert.Single(Of(text + "\n[  300.000000] Kernel panic - not syncing: sysrq triggered crash\n"),
            finding => finding.Role == FindingRole.Circumstance);
        Assert.Contains(title, finding.Title, StringComparison.Ordinal);
        Assert.Contains(finding.Evidence, one => one.Text.Contains(evidence, StringComparison.Ordinal));
    }

    private static IReadOnlyList<Finding> Of(string text) =>
        Triage.Run(CrashLog.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Findings;
}
