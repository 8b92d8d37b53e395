using System.Numerics;
using Panicle.Kernel.Mm;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A pointer that was neither NULL nor of freed memory led to where the kernel may not read or write.</summary>
public sealed class BadPointerFinding : FindingRule
{
    private const ulong Protection = 1; // The page fault's error code: the page is there, but not for this.
    private const ulong Write = 2;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith("BUG: unable to handle", StringComparison.Ordinal)
            && !context.Message.StartsWith("general protection fault", StringComparison.Ordinal)
            || context.Fault is not { IsFetch: false, Address: { } address } fault || UseAfterFreeFinding.IsPoison(fault))
            yield break;
        var info = context.Kernel.Mm.Addresses.Find(address, context.Task);
        List<Evidence> evidence = [.. context.Words, .. fault.Evidence, new($"0x{address:x} is {info.Summary}", $"kmem {address:x}")];
        if (fault.Origin is { } origin)
            evidence.Add(context.Place($"where {origin.Name} was loaded from", origin.Address));
        var function = FindingContext.FunctionOf(fault.Frame);
        var (kind, what, advice) = Read(info, fault.ErrorCode);
        yield return new Finding(kind, $"{function} {what}", Certainty.Certain, FindingRole.Symptom, evidence, advice);
        if (FlippedBit(context, info) is { } meant)
        {
            yield return new Finding(OopsKind.HardwareError, "The bad pointer is one bit away from a valid one: faulty memory is a possibility", Certainty.Possible,
                FindingRole.Cause, [new($"0x{address:x} with bit {BitOperations.TrailingZeroCount(address ^ meant)} turned over is 0x{meant:x}: {context.Kernel.Mm.Addresses.Find(meant, context.Task).Summary}", $"kmem {meant:x}")],
                "If crashes of this machine have nothing in common, test its memory.");
        }
    }

    private static (OopsKind Kind, string What, string Advice) Read(AddressInfo info, ulong? errorCode) => info switch
    {
        { Region: "non-canonical" } => (OopsKind.GeneralProtectionFault, "followed a pointer that can be no address (a non-canonical one): the pointer was overwritten, or is not a pointer",
            "Look at the structure that the pointer came from: read it, and see what its bytes are (text, a counter, another structure's pattern)."),
        { Region: "user" } => (OopsKind.PageFault, "followed a pointer to user space without the functions that are made for it",
            "The kernel may use user memory through copy_from_user() and its like only: this is a mistake of the code, or a sign of an attack."),
        _ when errorCode is { } code && (code & (Protection | Write)) == (Protection | Write) => (OopsKind.PageFault, $"wrote to memory that is read-only ({info.Region})",
            "Find out what it wanted to write to: a constant, code, or a page that was protected on purpose."),
        { Vmalloc: { } area } when area.IsGuard(info.Address) => (OopsKind.OutOfBounds, "ran over the end of a vmalloc area into its guard page",
            "Compare the size of the area with the index or length that was used."),
        { Region: "vmalloc" } => (OopsKind.PageFault, "used an address of the vmalloc space where nothing is mapped: most likely an area that was freed",
            "Find out who freed the area (vfree, iounmap) while it was still in use."),
        { Region: "module area", Module: null } => (OopsKind.PageFault, "used memory of the module area where no module is loaded: most likely one that was unloaded",
            "Look at the module that was unloaded last ('last unloaded' in the log)."),
        _ => (OopsKind.PageFault, $"followed a bad pointer, into the {info.Region}", "Find out where the pointer came from: the structure that it was read from was overwritten, freed or never set."),
    };

    // One bit from a readable address of the direct map. Low bits say nothing: those neighbours are always valid.
    private static ulong? FlippedBit(FindingContext context, AddressInfo info)
    {
        if (info.Region is not ("non-canonical" or "unused"))
            return null;
        Span<byte> one = stackalloc byte[1];
        for (var bit = 30; bit < 64; bit++)
        {
            var other = info.Address ^ (1UL << bit);
            if (context.Kernel.Memory.RegionOf(other) == "direct map" && context.Kernel.Memory.TryRead(other, one, out _))
                return other;
        }
        return null;
    }
}
