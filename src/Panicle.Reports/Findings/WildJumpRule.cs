using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Logs.Decoding;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// The kernel jumped to where no code is: through a function pointer that was NULL or garbage,
/// or into a module that was unloaded.
/// </summary>
internal sealed class WildJumpRule : FindingRule
{
    private const string Overwritten =
        "The structure that holds the function pointer was overwritten or freed: look at what it belongs to.";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Fault is not { IsFetch: true, InstructionPointer: { } target } fault)
            return [];
        var who = fault.Caller?.Function ?? "The kernel";
        List<Evidence> evidence =
        [
            .. context.Words,
            .. context.Backtrace($"the instruction pointer is 0x{target:x}, where no function is"),
        ];
        if (fault.Caller is { } caller)
            evidence.Add(new($"the call came from {caller.Place}", caller.Address is { } address ? $"dis -r {address:x}" : null));
        if (target < context.PageSize)
        {
            return [new Finding(
                OopsKind.NullPointerDereference, $"{who} called a function through a pointer that was NULL", Certainty.Certain,
                FindingRole.Cause, evidence,
                "Find out which operation was not filled in: the structure that holds the function pointer, and who set it up.")];
        }
        return context.Kernel is { } kernel
            ? [InDump(context, kernel, who, target, evidence)]
            : [InLog(fault, who, target, evidence)];
    }

    private static Finding InDump(FindingContext context, KernelDump kernel, string who, ulong target, List<Evidence> evidence)
    {
        var place = kernel.Mm.Addresses.Find(target, context.Task);
        evidence.Add(new($"0x{target:x} is {place.Summary}", $"kmem {target:x}"));
        if (place.Region.Kind == MemoryRegionKind.User)
            return ToUserSpace(context, who, evidence);
        if (place is not { Region.Kind: MemoryRegionKind.Modules, Module: null })
            return new Finding(OopsKind.WildAccess, $"{who} called a function through a pointer that is no address of code",
                Certainty.Certain, FindingRole.Cause, evidence, Overwritten);
        evidence.AddRange(context.InLastWords(text => text.Contains("last unloaded:", StringComparison.Ordinal)).TakeLast(1)
            .Select(context.Quote));
        return new Finding(
            OopsKind.PageFault,
            $"{who} called a function in the module area, where no module is loaded: "
                + "most likely code of a module that was unloaded",
            Certainty.Likely, FindingRole.Cause, evidence,
            "Look at the module that was unloaded last: a timer, work item, notifier or callback of it was still registered.");
    }

    // What else an address is only a dump tells.
    private static Finding InLog(FaultSite fault, string who, ulong target, List<Evidence> evidence) => IsUser(fault, target)
        ? new Finding(
            OopsKind.PageFault, $"{who} jumped to an address of user space", Certainty.Likely, FindingRole.Cause, evidence,
            "The kernel never runs code of user space: the function pointer was overwritten, by mistake or by an attack.")
        : new Finding(OopsKind.PageFault, $"{who} called a function through a pointer that is no address of code",
            Certainty.Certain, FindingRole.Cause, evidence, Overwritten);

    // User space is the lower half on 64-bit machines.
    private static bool IsUser(FaultSite fault, ulong target) => fault.Processor?.IsUserAddress(target)
        ?? FaultStatus.Is64Bit(fault.Architecture) && target >> 63 == 0;

    private static Finding ToUserSpace(FindingContext context, string who, List<Evidence> evidence)
    {
        // The processor refuses to run user pages in kernel mode (SMEP); the kernel then says so.
        evidence.AddRange(
            context.InLastWords(text => text.Contains("unable to execute userspace code (SMEP?)", StringComparison.Ordinal))
                .TakeLast(1).Select(context.Quote));
        return new Finding(
            OopsKind.PageFault, $"{who} jumped to an address of user space", Certainty.Certain, FindingRole.Cause, evidence,
            "The kernel never runs code of user space: the function pointer was overwritten, by mistake or by an attack. "
                + "Keep the dump and look at the process.");
    }
}
