using Panicle.Kernel;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A gate of the interrupt descriptor table leads out of the kernel's text.</summary>
public sealed class InterruptTableFinding : FindingRule
{
    private const int Gates = 256;
    private const ulong GateSize = 16; // struct gate_struct, arch/x86/include/asm/desc_defs.h
    private const int MostShown = 8;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel || !kernel.TrySymbolAddress("idt_table", out var table))
            yield break;
        var code = new KernelCode(kernel);
        var foreign = Enumerable.Range(0, Gates).Select(vector => (Vector: vector, Handler: ReadHandler(kernel, table, vector)))
            .Where(gate => gate.Handler is { } handler && handler != 0 && !code.IsKernels(handler) && !IsEarly(kernel, handler)).ToList();
        if (foreign.Count == 0)
            yield break;
        var evidence = foreign.Take(MostShown).Select(gate => new Evidence(
            $"interrupt vector {gate.Vector} leads to 0x{gate.Handler:x}: {kernel.Mm.Addresses.Find(gate.Handler!.Value).Summary}", $"rd {table + (ulong)gate.Vector * GateSize:x} 2"));
        yield return new Finding(OopsKind.Other, $"{foreign.Count} interrupt {(foreign.Count == 1 ? "vector leads" : "vectors lead")} to code outside of the kernel (the IDT was changed)",
            Certainty.Certain, FindingRole.Circumstance, [.. evidence],
            "A rootkit does this. Treat the machine as broken into, and keep the dump.");
    }

    // Exceptions that the kernel has no handler for keep the one from booting, in memory that is free since (arch/x86/kernel/head_64.S).
    private static bool IsEarly(KernelDump kernel, ulong handler) =>
        kernel.Symbols.TryLookup(handler, out var symbol) && symbol.Name == "early_idt_handler_array";

    // The address is in three pieces: bits 0-15 at 0, bits 16-31 at 6, bits 32-63 at 8.
    private static ulong? ReadHandler(KernelDump kernel, ulong table, int vector) =>
        kernel.Memory.TryReadWord(table + (ulong)vector * GateSize, out var low) && kernel.Memory.TryReadWord(table + (ulong)vector * GateSize + 8, out var high)
            ? low & 0xffff | low >> 32 & 0xffff_0000 | high << 32 : null;
}
