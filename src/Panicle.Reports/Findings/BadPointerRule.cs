using System.Numerics;
using System.Text.RegularExpressions;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Mm;
using Panicle.Logs.Decoding;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A pointer that was neither NULL nor of freed memory led to where the kernel may not read or write.</summary>
internal sealed partial class BadPointerRule : FindingRule
{
    private const ulong Protection = 1; // The page fault's error code: the page is there, but not for this.
    private const ulong Write = 2;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith("BUG: unable to handle", StringComparison.Ordinal)
            && !context.Message.StartsWith("Unable to handle kernel paging request", StringComparison.Ordinal)
            && !context.Message.StartsWith("general protection fault", StringComparison.Ordinal)
            || context.Fault is not { IsFetch: false, Address: { } address } fault || UseAfterFreeRule.IsPoison(fault)
            || NullPointerRule.ShadowLine(context) is not null || IsNull(context, address))
            yield break;
        List<Evidence> evidence = [.. context.Words, .. fault.Evidence];
        // The top byte of a user's address is zero, and the page is there: the processor refuses it to the kernel.
        if (Is64Bit(fault) && address >> 56 == 0 && CodeOf(fault) is { } forbidden && (forbidden & Protection) != 0)
            evidence.Add(new(
                "the page is there, and the processor kept the kernel from using it: supervisor mode access prevention (SMAP)"));
        if (context.Kernel is not { } kernel)
        {
            if (TextOf(fault, address) is { } text)
                evidence.Add(new($"0x{address:x} is text (\"{text}\"): what held the pointer was overwritten, or is no pointer"));
            yield return InLog(
                fault, address, context.Message.Contains("nable to handle", StringComparison.Ordinal), evidence);
            if (FlippedBit(fault, address) is { } flipped)
                yield return flipped;
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

    // The kernel says so itself, or it is as near to address 0 as NULL's members are.
    private static bool IsNull(FindingContext context, ulong address) =>
        context.Message.Contains("NULL pointer dereference", StringComparison.Ordinal)
            || context.Kernel is null && address < context.PageSize;

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
        var (what, advice, certainty) = (address >> 56, CodeOf(fault)) switch
        {
            _ when !Is64Bit(fault) => address < LowestUser
                ? ($"used 0x{address:x} as an address: a small number, no pointer",
                    "It was overwritten, never set, or is a counter or an error code: find out where it was loaded from.",
                        Certainty.Certain)
                : ("followed a bad pointer", "Find out where the pointer came from: what held it was overwritten, freed "
                    + "or never set.",
                    Certainty.Certain),
            (not (0 or 0xff), _) => (NonCanonical, NonCanonicalAdvice, Certainty.Certain),
            _ when !isPageFault && IsMisaligned(fault, address) => (
                $"used memory at 0x{address:x} with an instruction that needs a multiple of {fault.Access!.Size} (misaligned)",
                "The address is one of the kernel's: the stack, or the object, isn't aligned as the compiler took for granted "
                    + "(-mpreferred-stack-boundary, or floating point in code that wasn't built for it).", Certainty.Certain),
            _ when !isPageFault => ("broke a rule of the processor: which, the registers don't tell",
                "A segment, a protected register, or an address that isn't the one above: read the instruction.",
                    Certainty.Likely),
            // No program has memory so low (vm.mmap_min_addr).
            (0, _) when address < LowestUser =>
                ($"used 0x{address:x} as an address{PointerWas(fault, address)}: a small number, no pointer",
                    "It was overwritten, never set, or is a counter or an error code: find out where it was loaded from.",
                        Certainty.Certain),
            (0, { } code) when (code & Protection) != 0 => (User, UserAdvice, Certainty.Certain),
            (0, _) => ("followed a pointer that can't be the kernel's (it lies where user space does): it was overwritten "
                + "or never set, "
                + "or points to user space", "Find out where the pointer came from. The kernel may use user memory through "
                + "copy_from_user() and its like only.", Certainty.Likely),
            (_, { } code) when (code & (Protection | Write)) == (Protection | Write) => ("wrote to memory that is read-only",
                "Find out what it wanted to write to: a constant, code, or a page that was protected on purpose.",
                    Certainty.Certain),
            _ =>
                ("followed a bad pointer",
                    "Find out where the pointer came from. A dump (kdump) would tell what the address belongs to.",
                        Certainty.Certain),
        };
        return new Finding(isPageFault ? OopsKind.PageFault : OopsKind.GeneralProtectionFault, $"{fault.Function} {what}",
            certainty, FindingRole.Symptom, evidence, advice);
    }

    private const ulong LowestUser = 0x10000;

    private static bool Is64Bit(FaultSite fault) => FaultStatus.Is64Bit(fault.Architecture);

    // The bits of x86's code alone are meant here.
    private static ulong? CodeOf(FaultSite fault) => FaultStatus.OfX86(fault.Architecture, fault.ErrorCode);

    // Letters and digits in all bytes of a pointer aren't there by chance.
    private static string? TextOf(FaultSite fault, ulong address)
    {
        var bytes = Is64Bit(fault) ? sizeof(ulong) : sizeof(uint);
        var text = string.Concat(Enumerable.Range(0, bytes).Select(at => (char)(byte)(address >> (8 * at))));
        return text.All(one => char.IsAsciiLetterOrDigit(one) || one is ' ' or '_' or '-' or '.' or '/') ? text : null;
    }

    private static string PointerWas(FaultSite fault, ulong address) =>
        fault.Access is { Base: not null, IsIndexed: false, Displacement: > 0 } access && (ulong)access.Displacement <= address
            ? $" (the pointer was {address - (ulong)access.Displacement})" : "";

    // SSE's moves that need alignment, and the states that are saved with FXSAVE and XSAVE.
    private static bool IsMisaligned(FaultSite fault, ulong address) =>
        fault is { Access: { Size: >= 16 and var size }, Instruction: { } text } && (address & ((ulong)size - 1)) != 0
            && Aligned().IsMatch(text);

    // A pointer that one bit makes a good one, or NULL.
    private static Finding? FlippedBit(FaultSite fault, ulong address)
    {
        const int LowestBit = 30;
        var value = fault.Access is { Base: { } register } && fault.Register(register) is { } known ? known : address;
        if (!Is64Bit(fault) || value >> 56 is 0 or 0xff && BitOperations.PopCount(value) != 1)
            return null;
        var ofNull = BitOperations.PopCount(value) == 1 ? BitOperations.TrailingZeroCount(value) : -1;
        var ofKernel = BitOperations.PopCount(~value >> 47) == 1 ? 47 + BitOperations.TrailingZeroCount(~value >> 47) : -1;
        var bit = Math.Max(ofNull, ofKernel);
        return bit < LowestBit ? null : new Finding(OopsKind.HardwareError,
            "The bad pointer is one bit away from "
                + (ofNull >= 0 ? "NULL" : "one of the kernel's") + ": faulty memory is a possibility",
            Certainty.Possible, FindingRole.Cause,
            [new($"0x{value:x} with bit {bit} turned over is 0x{value ^ (1UL << bit):x}")],
            "If crashes of this machine have nothing in common, test its memory.");
    }

    [GeneratedRegex(@"^(?:lock )?(?:v?mov(?:ap[sd]|dqa|nt(?:dqa?|p[sd]))|fx(?:save|rstor)|xsave|xrstor"
        + @"|(?:add|sub|mul|div|and|xor|or|min|max"
        + @"|sqrt|cmp|unpck[lh]|shuf)p[sd]\b|p(?:add|sub|xor|and|or|cmp|shuf|unpck)\w*\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Aligned();

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
