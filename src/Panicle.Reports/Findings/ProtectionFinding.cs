using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A protection of the processor's had been turned off: of read-only memory (CR0.WP), or of user pages (CR4.SMEP, CR4.SMAP).</summary>
public sealed class ProtectionFinding : FindingRule
{
    private const ulong WriteProtect = 1 << 16; // X86_CR0_WP

    // Word and bit in boot_cpu_data.x86_capability; the bit in CR4 (arch/x86/include/asm/cpufeatures.h, processor-flags.h).
    private static readonly (string Name, int Word, int Bit, int Control)[] Features = [("SMEP", 9, 7, 20), ("SMAP", 9, 20, 21)];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        List<(string What, Evidence Evidence)> off = [.. InLog(context), .. context.Kernel is { } kernel ? InDump(kernel) : []];
        if (off.Count == 0)
            yield break;
        yield return new Finding(OopsKind.Other, $"A protection of the processor's was off that the kernel keeps on ({string.Join(", ", off.Select(one => one.What).Distinct())})",
            Certainty.Likely, FindingRole.Circumstance, [.. off.Select(one => one.Evidence)],
            "Exploits and rootkits turn it off, and some careless drivers. If it wasn't such a driver, treat the machine as broken into.");
    }

    // "CR0: 0000000080050033" in an oops of the kernel's.
    private static IEnumerable<(string What, Evidence Evidence)> InLog(FindingContext context)
    {
        if (context.Event is { Architecture: "x86-64" } found && found.Registers.TryGetValue("cr0", out var cr0) && cr0.Value != 0 && (cr0.Value & WriteProtect) == 0)
            yield return ("CR0.WP", new Evidence($"CR0 was 0x{cr0.Value:x}: bit 16, which protects read-only memory from the kernel itself, is not set", context.Kernel is null ? null : "log"));
    }

    // The kernel keeps what it wrote to CR4 in each CPU's cpu_tlbstate.
    private static IEnumerable<(string What, Evidence Evidence)> InDump(KernelDump kernel)
    {
        if (!kernel.TrySymbolAddress("cpu_tlbstate", out var state) || !kernel.TrySymbolAddress("boot_cpu_data", out var processor))
            yield break;
        var control = (ulong)new StructLayout(kernel.Types, "tlb_state").Offset("cr4");
        var capability = processor + (ulong)new StructLayout(kernel.Types, "cpuinfo_x86").Offset("x86_capability");
        foreach (var cpu in kernel.Cpus.Online)
        {
            var cr4 = kernel.Memory.ReadWord(state + kernel.Cpus.OffsetOf(cpu) + control, "cpu_tlbstate.cr4");
            foreach (var (name, word, bit, controlBit) in Features)
            {
                var has = (kernel.Memory.ReadUInt32(capability + (ulong)word * 4, "boot_cpu_data.x86_capability") >> bit & 1) != 0;
                if (has && (cr4 >> controlBit & 1) == 0)
                    yield return ($"CR4.{name}", new Evidence($"CPU {cpu} has {name}, and the kernel's copy of its CR4 is 0x{cr4:x}, without it", $"rd {state + kernel.Cpus.OffsetOf(cpu) + control:x}"));
            }
        }
    }
}
