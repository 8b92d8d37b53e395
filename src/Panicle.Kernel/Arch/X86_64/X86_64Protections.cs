using Panicle.Kernel.Values;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// Whether the kernel kept the processor from running and from touching user pages by mistake (CR4.SMEP, CR4.SMAP).
/// </summary>
internal static class X86_64Protections
{
    // Word and bit in boot_cpu_data.x86_capability; the bit in CR4 (arch/x86/include/asm/cpufeatures.h, processor-flags.h).
    private static readonly (string Name, int Word, int Bit, int Control)[] Features = [("SMEP", 9, 7, 20), ("SMAP", 9, 20, 21)];

    /// <summary>
    /// Those that a CPU has and that were off: the kernel keeps what it wrote to CR4 in each CPU's cpu_tlbstate.
    /// </summary>
    public static IEnumerable<DisabledProtection> Disabled(KernelDump kernel)
    {
        if (!kernel.TrySymbolAddress("cpu_tlbstate", out var state)
            || !kernel.TrySymbolAddress("boot_cpu_data", out var processor))
            yield break;
        var control = (ulong)new StructLayout(kernel.Types, "struct tlb_state").Offset("cr4");
        var capability = processor + (ulong)new StructLayout(kernel.Types, "struct cpuinfo_x86").Offset("x86_capability");
        foreach (var cpu in kernel.Cpus.Online)
        {
            var address = state + kernel.Cpus.OffsetOf(cpu) + control;
            var cr4 = kernel.Memory.ReadUInt64(address, "cpu_tlbstate.cr4");
            foreach (var (name, word, bit, controlBit) in Features)
            {
                var has = kernel.Memory.ReadUInt32(capability + (ulong)word * 4, "boot_cpu_data.x86_capability") >> bit & 1;
                if (has != 0 && (cr4 >> controlBit & 1) == 0)
                    yield return new($"CR4.{name}",
                        $"CPU {cpu} has {name}, and the kernel's copy of its CR4 is 0x{cr4:x}, without it", address);
            }
        }
    }
}
