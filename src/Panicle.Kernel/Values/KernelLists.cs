namespace Panicle.Kernel.Values;

/// <summary>
/// Walks over the kernel's linked lists (include/linux/list.h). Each ends at the list's head, at the limit, or where
/// the list is broken; a broken or looping list is a loss.
/// </summary>
public static class KernelLists
{
    /// <summary>The structures on a circular <c>list_head</c> list.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="head">Address of the list's head.</param>
    /// <param name="structure">Their C type: "struct task_struct".</param>
    /// <param name="member">The member by which they are linked: "tasks".</param>
    /// <param name="losses">Gets a sentence if the list could not be walked to its end.</param>
    public static IEnumerable<KernelValue> Entries(
        ValueContext context, ulong head, string structure, string member, Losses? losses = null)
    {
        var (type, offset) = context.Types.RequiredMember(structure, member);
        return Nodes(context, head, losses).Select(node => KernelValue.At(context, type, node - offset));
    }

    /// <summary>The structures on an <c>hlist_head</c> list.</summary>
    /// <inheritdoc cref="Entries"/>
    public static IEnumerable<KernelValue> HashEntries(
        ValueContext context, ulong head, string structure, string member, Losses? losses = null)
    {
        var (type, offset) = context.Types.RequiredMember(structure, member);
        return HashNodes(context, head, losses).Select(node => KernelValue.At(context, type, node - offset));
    }

    /// <summary>Addresses of the <c>list_head</c>s on a circular list, its head left out.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="head">Address of the list's head.</param>
    /// <param name="losses">Gets a sentence if the list could not be walked to its end.</param>
    /// <param name="backwards">Whether to follow <c>prev</c> instead of <c>next</c>.</param>
    public static IEnumerable<ulong> Nodes(ValueContext context, ulong head, Losses? losses = null, bool backwards = false) =>
        Chain(context, head, backwards ? (uint)context.Memory.Words.Size : 0u, node => node == head, losses);

    /// <summary>
    /// Addresses of the <c>list_head</c>s that follow one of a list's nodes, up to its head:
    /// where the head itself can't be read.
    /// </summary>
    public static IEnumerable<ulong> NodesAfter(ValueContext context, ulong node, ulong head, Losses? losses = null) =>
        Chain(context, node, 0, next => next == head, losses);

    /// <summary>
    /// Addresses of the <c>hlist_node</c>s of an <c>hlist_head</c> (also of the <c>nulls</c> kind, whose end has bit 0 set).
    /// </summary>
    public static IEnumerable<ulong> HashNodes(ValueContext context, ulong head, Losses? losses = null) =>
        Chain(context, head, 0, node => node == 0 || (node & 1) != 0, losses);

    private static IEnumerable<ulong> Chain(
        ValueContext context, ulong start, uint linkOffset, Func<ulong, bool> isEnd, Losses? losses)
    {
        var node = start;
        // Brent's algorithm: the remembered node moves on at each power of two, so a loop is met again within it.
        ulong remembered = 0;
        for (long count = 0, power = 1; ; count++)
        {
            if (!context.Memory.TryReadWord(node + linkOffset, out var next, out var fault))
            {
                losses?.Add($"the list at 0x{start:x} breaks off after {count} elements: {fault}");
                yield break;
            }
            if (isEnd(next))
                yield break;
            if (next == remembered)
            {
                losses?.Add($"the list at 0x{start:x} runs in a circle: 0x{next:x} comes again within {count} elements");
                yield break;
            }
            if (count >= context.Limits.MaxElements)
            {
                losses?.Add($"the list at 0x{start:x} was cut at {count} elements");
                yield break;
            }
            if (count == power)
            {
                remembered = next;
                power *= 2;
            }
            yield return next;
            node = next;
        }
    }
}
