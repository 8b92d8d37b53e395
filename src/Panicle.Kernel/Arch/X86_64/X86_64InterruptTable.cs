namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// The interrupt descriptor table (<c>idt_table</c>; <c>struct gate_struct</c>, arch/x86/include/asm/desc_defs.h).
/// </summary>
internal static class X86_64InterruptTable
{
    public const string Name = "IDT";

    private const int Gates = 256;
    private const int GateSize = 16;

    /// <summary>Its gates, but for those that can't be read, lead nowhere, or were only used while the kernel booted.</summary>
    public static IEnumerable<InterruptGate> Read(KernelDump kernel)
    {
        if (!kernel.TrySymbolAddress("idt_table", out var table))
            yield break;
        for (var vector = 0; vector < Gates; vector++)
        {
            var address = table + (ulong)(vector * GateSize);
            if (ReadHandler(kernel, address) is { } handler and not 0 && !IsEarly(kernel, handler))
                yield return new InterruptGate(vector, address, GateSize, handler);
        }
    }

    // Exceptions that the kernel has no handler for keep the one from booting, in memory that is free since
    // (arch/x86/kernel/head_64.S).
    private static bool IsEarly(KernelDump kernel, ulong handler)
    {
        var isText = kernel.TrySymbolAddress("_stext", out var start) && kernel.TrySymbolAddress("_etext", out var end)
            && handler >= start && handler < end;
        return !isText && kernel.Symbols.TryLookup(handler, out var symbol) && symbol.Name == "early_idt_handler_array";
    }

    // The address is in three pieces: bits 0-15 at 0, bits 16-31 at 6, bits 32-63 at 8.
    private static ulong? ReadHandler(KernelDump kernel, ulong gate) =>
        kernel.Memory.TryReadUInt64(gate, out var low) && kernel.Memory.TryReadUInt64(gate + 8, out var high)
            ? low & 0xffff | low >> 32 & 0xffff_0000 | high << 32 : null;
}
