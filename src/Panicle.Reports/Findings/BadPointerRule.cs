using System.Numerics;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Mm;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A pointer that was neither NULL nor of freed memory led to where the kernel may not read or write.</summary>
internal sealed class BadPointerRule : FindingRule
{
    private const ulong Protection = 1; // The page fault's error code: the page is there, but not for this.
    private const ulong Write = 2;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith("BUG: unable to handle", StringComparison.Ordinal)
            && !context.Message.StartsWith("general protection fault", StringComparison.Ordinal)
            || context.Fault is not { IsFetch: false, Address: { } address } fault || UseAfterFreeRule.IsPoison(fault)
            || NullPointerRule.ShadowLine(context) is not null)
            yield break;
        List<Evidence> evidence = [.. context.Words, .. fault.Evidence];
        // The top byte of a user's address is zero, and the page is there: the processor refuses it to the kernel.
        if (address >> 56 == 0 && fault.ErrorCode is { } forbidden && (forbidden & Protection) != 0)
            evidence.Add(new(
                "the page is there, and the processor kept the kernel from using it: supervisor mode access prevention (SMAP)"));
        if (context.Kernel is not { } kernel)
        {
            yield return InLog(fault, address, context.Message.StartsWith("BUG: unable", StringComparison.Ordinal), evidence);
            yield break;
        }
        var info = kernel.Mm.Addresses.Find(address, context.Task);
        evidence.Add(new($"0x{address:x} is {info.Summary}", $"kmem {address:x}"));
        if (fault.Origin is { } origin)
            evidence.Add(context.Place(kernel, $"where {origin.Name} was loaded from", origin.Address));
        if (info is { Region.Kind: MemoryRegionKind.Modules, Module: null })
            evidence.AddRange(context.InLastWords(text => text.Contains("last unloaded:", StringComparison.Ordinal)).TakeLast(1)
                .Select(context.Quote));
        var (kind, what, advice) = Read(info, fault.ErrorCode);
        yield return new Finding(kind, $"{fault.Function} {what}", Certainty.Certain, FindingRole.Symptom, evidence, advice);
        if (FlippedBit(kernel, info) is { } meant)
        {
            var bit = BitOperations.TrailingZeroCount(address ^ meant);
            var place = kernel.Mm.Addresses.Find(meant, context.Task);
            yield return new Finding(OopsKind.HardwareError,
                "The bad pointer is one bit away from a valid one: faulty memory is a possibility",
                Certainty.Possible, FindingRole.Cause,
                [new($"0x{address:x} with bit {bit} turned over is 0x{meant:x}: {place.Summary}", $"kmem {meant:x}")],
                "If crashes of this machine have nothing in common, test its memory.");
        }
    }

    private const string NonCanonical =
        "followed a pointer that can be no address (a non-canonical one): the pointer was overwritten, or is not a pointer";
    private const string NonCanonicalAdvice =
        "Look at the structure that the pointer came from: "
            + "read it, and see what its bytes are (text, a counter, another structure's pattern).";
    private const string User = "followed a pointer to user space without the functions that are made for it";
    private const string UserAdvice =
        "The kernel may use user memory through copy_from_user() and its like only: "
            + "this is a mistake of the code, or a sign of an attack.";

    private static (OopsKind Kind, string What, string Advice) Read(AddressInfo info, ulong? errorCode) => info switch
    {
        { Region.Kind: MemoryRegionKind.NonCanonical } => (OopsKind.GeneralProtectionFault, NonCanonical, NonCanonicalAdvice),
        { Region.Kind: MemoryRegionKind.User } => (OopsKind.PageFault, User, UserAdvice),
        _ when errorCode is { } code && (code & (Protection | Write)) == (Protection | Write) =>
            (OopsKind.PageFault, $"wrote to memory that is read-only ({info.Region})",
            "Find out what it wanted to write to: a constant, code, or a page that was protected on purpose."),
        { Vmalloc: { } area } when area.Guard.Contains(info.Address) =>
            (OopsKind.OutOfBounds, "ran over the end of a vmalloc area into its guard page",
            "Compare the size of the area with the index or length that was used."),
        { Region.Kind: MemoryRegionKind.Vmalloc } =>
            (OopsKind.PageFault,
            "used an address of the vmalloc space where nothing is mapped: most likely an area that was freed",
            "Find out who freed the area (vfree, iounmap) while it was still in use."),
        { Region.Kind: MemoryRegionKind.Modules, Module: null } =>
            (OopsKind.PageFault, "used memory of the module area where no module is loaded: most likely one that was unloaded",
            "Look at the module that was unloaded last ('last unloaded' in the log)."),
        _ => (OopsKind.PageFault, $"followed a bad pointer, into the {info.Region}",
            "Find out where the pointer came from: the structure that it was read from was overwritten, freed or never set."),
    };

    // Without the dump's page tables the address itself is all there is. Both with 4 and with 5 levels of page tables, the top
    // byte of a kernel's address is all ones, and that of a user's all zeros.
    private static Finding InLog(FaultSite fault, ulong address, bool isPageFault, List<Evidence> evidence)
    {
        var (what, advice) = (address >> 56, fault.ErrorCode) switch
        {
            (not (0 or 0xff), _) => (NonCanonical, NonCanonicalAdvice),
            _ when !isPageFault =>
                ("followed a pointer that can be no address, or broke another rule of the processor", NonCanonicalAdvice),
            (0, _) => (User, UserAdvice),
            (_, { } code) when (code & (Protection | Write)) == (Protection | Write) => ("wrote to memory that is read-only",
                "Find out what it wanted to write to: a constant, code, or a page that was protected on purpose."),
            _ =>
                ("followed a bad pointer",
                    "Find out where the pointer came from. A dump (kdump) would tell what the address belongs to."),
        };
        return new Finding(isPageFault ? OopsKind.PageFault : OopsKind.GeneralProtectionFault, $"{fault.Function} {what}",
            Certainty.Certain, FindingRole.Symptom, evidence, advice);
    }

    // One bit from a readable address of the direct map. Low bits say nothing: those neighbours are always valid.
    private static ulong? FlippedBit(KernelDump kernel, AddressInfo info)
    {
        if (info.Region.Kind is not (MemoryRegionKind.NonCanonical or MemoryRegionKind.Unused))
            return null;
        Span<byte> one = stackalloc byte[1];
        for (var bit = 30; bit < 64; bit++)
        {
            var other = info.Address ^ (1UL << bit);
            if (kernel.Memory.RegionOf(other).Kind == MemoryRegionKind.DirectMap && kernel.Memory.TryRead(other, one, out _))
                return other;
        }
        return null;
    }
}
