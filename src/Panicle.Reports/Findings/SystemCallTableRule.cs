using Panicle.Kernel;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// An entry of the system-call table leads out of the kernel's text:
/// a module, or code that nobody knows, took a system call over.
/// </summary>
internal sealed class SystemCallTableRule : FindingRule
{
    // x86-64 has some 470; the table is followed by another symbol.
    private const int MostCalls = 1024;
    private const int MostShown = 8;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel || !kernel.TrySymbolAddress("sys_call_table", out var table))
            yield break;
        var code = new KernelCode(kernel);
        // The table ends where another symbol begins, or at the first word that is no address of the kernel's.
        var entries = Enumerable.Range(0, MostCalls)
            .Select(number => (Number: number, Handler: ReadHandler(kernel, table, number)))
            .TakeWhile(entry => IsIn(kernel, table, entry.Number) && entry.Handler is { } handler
                && kernel.Memory.IsKernelAddress(handler)).ToList();
        var foreign = entries.Where(entry => !code.IsKernels(entry.Handler!.Value)).ToList();
        if (foreign.Count == 0)
            yield break;
        var evidence = foreign.Take(MostShown).Select(entry => new Evidence(
            $"system call {entry.Number} leads to 0x{entry.Handler:x}: {kernel.Mm.Addresses.Find(entry.Handler!.Value).Summary}",
            $"rd {kernel.Memory.Words.At(table, entry.Number):x}"));
        yield return new Finding(
            OopsKind.Other,
            $"{foreign.Count} of the kernel's system calls {(foreign.Count == 1 ? "leads" : "lead")} to code "
                + "outside of the kernel (sys_call_table was changed)",
            Certainty.Certain, FindingRole.Circumstance, [.. evidence],
            "A rootkit does this, and some security products. "
                + "If you don't know the code that the entries lead to, treat the machine as broken into and keep the dump.");
    }

    private static bool IsIn(KernelDump kernel, ulong table, int number) =>
        !kernel.Symbols.Kernel.TryLookup(kernel.Memory.Words.At(table, number), out var symbol) || symbol.Address == table;

    private static ulong? ReadHandler(KernelDump kernel, ulong table, int number) =>
        kernel.Memory.TryReadWord(kernel.Memory.Words.At(table, number), out var handler) ? handler : null;
}
