namespace Panicle.Kernel.Values;

/// <summary>
/// Walks over the kernel's red-black trees (include/linux/rbtree_types.h), in order. A walk ends at the limit, and goes
/// around what is broken: each such place is a loss.
/// </summary>
public static class RedBlackTrees
{
    /// <summary>The structures in a tree, smallest first.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="root">Address of the <c>struct rb_root</c> (or <c>rb_root_cached</c>).</param>
    /// <param name="structure">Their C type: "struct vmap_area".</param>
    /// <param name="member">The <c>rb_node</c> by which they are linked.</param>
    /// <param name="losses">Gets a sentence for each place that could not be walked.</param>
    public static IEnumerable<KernelValue> Entries(
        ValueContext context, ulong root, string structure, string member, Losses? losses = null)
    {
        var (type, offset) = context.Types.RequiredMember(structure, member);
        return Nodes(context, root, losses).Select(node => KernelValue.At(context, type, node - offset));
    }

    /// <summary>Addresses of the <c>rb_node</c>s of a tree, smallest first.</summary>
    /// <inheritdoc cref="Entries"/>
    public static IEnumerable<ulong> Nodes(ValueContext context, ulong root, Losses? losses = null)
    {
        if (!context.Memory.TryReadWord(root, out var node, out var fault))
        {
            losses?.Add($"the tree at 0x{root:x} can't be read: {fault}");
            yield break;
        }
        var above = new Stack<(ulong Node, ulong Right)>();
        var seen = new HashSet<ulong>();
        while (true)
        {
            while (node != 0 && TryChildren(context, node, seen, losses, out var left, out var right))
            {
                above.Push((node, right));
                node = left;
            }
            if (!above.TryPop(out var next))
                yield break;
            yield return next.Node;
            node = next.Right;
        }
    }

    private static bool TryChildren(
        ValueContext context, ulong node, HashSet<ulong> seen, Losses? losses, out ulong left, out ulong right)
    {
        // __rb_parent_color, rb_right, rb_left
        var words = context.Memory.Words;
        Span<byte> bytes = stackalloc byte[3 * sizeof(ulong)];
        bytes = bytes[..(3 * words.Size)];
        (left, right) = (0, 0);
        if (seen.Count >= context.Limits.MaxElements)
            losses?.Add($"the tree was cut at {seen.Count} elements");
        else if (!seen.Add(node))
            losses?.Add($"the tree runs in a circle at 0x{node:x}");
        else if (!context.Memory.TryRead(node, bytes, out var fault))
            losses?.Add($"a branch of the tree breaks off: {fault}");
        else
        {
            right = words.ReadWord(bytes[words.Size..]);
            left = words.ReadWord(bytes[(2 * words.Size)..]);
            return true;
        }
        return false;
    }
}
