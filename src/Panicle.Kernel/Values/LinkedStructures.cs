
namespace Panicle.Kernel.Values;

/// <summary>
/// Walks along any chain of pointers, for people who know how their list is linked. It ends at NULL, at its start, at its first
/// element, at a given end, at the limit, or where it runs in a circle or can't be read (which is a loss).
/// </summary>
public static class LinkedStructures
{
    /// <summary>Addresses along a chain, the start included.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="start">Address of the first structure.</param>
    /// <param name="offset">Offset in bytes of the pointer to the next one.</param>
    /// <param name="end">An address at which the chain ends, itself left out; 0 for none.</param>
    /// <param name="losses">Gets a sentence where the chain breaks.</param>
    public static IEnumerable<ulong> Chain(ValueContext context, ulong start, ulong offset, ulong end = 0, Losses? losses = null)
    {
        var seen = new HashSet<ulong>();
        for (var at = start; at != 0 && at != end;)
        {
            if (!seen.Add(at))
            {
                if (at != start)
                    losses?.Add($"the list runs in a circle: 0x{at:x} comes again after {seen.Count} elements");
                yield break;
            }
            if (seen.Count > context.Limits.MaxElements)
            {
                losses?.Add($"the list was cut at {context.Limits.MaxElements} elements");
                yield break;
            }
            yield return at;
            if (!context.Memory.TryReadWord(at + offset, out at, out var fault))
            {
                losses?.Add($"the list breaks off after {seen.Count} elements: {fault}");
                yield break;
            }
        }
    }
}
