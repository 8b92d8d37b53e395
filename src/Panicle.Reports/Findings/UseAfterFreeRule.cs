using Panicle.Kernel.Mm;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// A pointer has the pattern with which freed memory is filled, or was read from a slab object that is free: the memory was
/// used after it had been freed.
/// </summary>
internal sealed class UseAfterFreeRule : FindingRule
{
    // A pointer plus a member's offset.
    private const ulong MostOffset = 4096;

    // include/linux/poison.h.
    private static readonly (ulong Pattern, OopsKind Kind, string What, string Meaning)[] Patterns =
    [
        (0x6b6b6b6b6b6b6b6b, OopsKind.UseAfterFree, "a slab object after it was freed",
            "POISON_FREE, with which a slab cache with poisoning fills freed objects"),
        (0xa56b6b6b6b6b6b6b, OopsKind.UseAfterFree, "a slab object after it was freed",
            "POISON_FREE with POISON_END, with which a slab cache with poisoning ends freed objects"),
        (0xdead000000000100, OopsKind.UseAfterFree, "a list entry after it was removed",
            "LIST_POISON1, which list_del() leaves in an entry's next"),
        (0xdead000000000122, OopsKind.UseAfterFree, "a list entry after it was removed",
            "LIST_POISON2, which list_del() leaves in an entry's prev"),
        (0xaaaaaaaaaaaaaaaa, OopsKind.UseAfterFree, "a page after it was freed",
            "PAGE_POISON, with which page poisoning fills freed pages"),
        (0x5a5a5a5a5a5a5a5a, OopsKind.UninitializedValue, "a slab object that nobody had set",
            "POISON_INUSE, with which a slab cache with poisoning fills new objects"),
        (0xcccccccccccccccc, OopsKind.OutOfBounds, "the bytes behind a slab object",
            "SLUB_RED_ACTIVE, with which a slab cache with redzones surrounds objects that are in use"),
        (0xbbbbbbbbbbbbbbbb, OopsKind.UseAfterFree, "the bytes behind a slab object that had been freed",
            "SLUB_RED_INACTIVE, with which a slab cache with redzones surrounds freed objects"),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Fault is not { } fault)
            yield break;
        var source = fault.Origin is { } origin ? context.Kernel?.Mm.Addresses.Find(origin.Address, context.Task) : null;
        var isFree = source?.Slab is { Free: not null };
        var poison = PoisonIn(fault);
        if (poison.Pattern == 0 && !isFree)
            yield break;
        var cache = source?.Slab?.Cache;
        List<Evidence> evidence = [.. context.Words, .. fault.Evidence];
        if (poison.Pattern != 0)
            evidence.Add(new($"the pattern 0x{poison.Pattern:x} is {poison.Meaning}"));
        if (source is { Slab: { Object: { } start } } && fault.Origin is { } from)
        {
            evidence.Add(new($"{from.Name} was loaded from 0x{from.Address:x}, {source.Summary}", $"kmem {from.Address:x}"));
            evidence.Add(new($"the object at 0x{start:x}: what it holds tells what it was, and what it was filled with",
                $"rd {start:x} {Math.Clamp(cache!.ObjectSize / 8, 1, 64)}"));
        }
        if (source is { Slab: { Object: { } free, Free: not null } } && fault.Origin is { } link
            && IsFreePointer(context, cache!, link.Address - free))
            evidence.Add(new(
                "that is where the slab allocator keeps a free object's link to the next one (its freelist pointer): "
                    + "the value is the link, not what the object held",
                $"struct kmem_cache.offset {cache!.Address:x}"));
        if (source is not { Slab.Object: not null } && fault.Origin is { } elsewhere && context.Kernel is { } kernel)
            evidence.Add(context.Place(kernel, $"where {elsewhere.Name} was loaded from", elsewhere.Address));
        var what = poison.What ?? "a slab object after it was freed";
        if (cache is not null && poison.What is { } general && general.StartsWith("a slab object", StringComparison.Ordinal))
            what = $"an object of slab cache {cache.Name}{general["a slab object".Length..]}";
        else if (cache is not null)
            what += $", in an object of slab cache {cache.Name}";
        var kind = poison.Pattern == 0 ? OopsKind.UseAfterFree : poison.Kind;
        var term = kind switch
        {
            OopsKind.UseAfterFree => " (use after free)",
            OopsKind.OutOfBounds => " (out of bounds)",
            _ => " (uninitialized value)"
        };
        yield return new Finding(kind, $"{fault.Function} used {what}{term}",
            poison.Pattern != 0 ? Certainty.Certain : Certainty.Likely, FindingRole.Cause, evidence,
            "Find out who freed it while it was still in use: a kernel with KASAN, or slub_debug=FZPU"
                + (cache is null ? "" : $",{cache.Name}") + ", prints the stack of the free.");
    }

    private static bool IsFreePointer(FindingContext context, SlabCache cache, ulong offset) =>
        context.Kernel!.At(cache.Address, "struct kmem_cache") is var value && value.Has("offset")
            && value["offset"].ToUInt64() == offset;

    /// <summary>Whether the pointer that failed has the pattern of memory that was freed or never set.</summary>
    internal static bool IsPoison(FaultSite fault) => PoisonIn(fault).Pattern != 0;

    private static (ulong Pattern, OopsKind Kind, string What, string Meaning) PoisonIn(FaultSite fault)
    {
        var pointer = fault.Access?.Base is { } register ? fault.Register(register) : null;
        return Patterns.FirstOrDefault(known => IsNear(pointer, known.Pattern) || IsNear(fault.Address, known.Pattern));
    }

    private static bool IsNear(ulong? address, ulong pattern) => address is { } value && value - pattern < MostOffset;
}
