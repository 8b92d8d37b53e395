namespace Panicle.Kernel.Values;

/// <summary>A range of a maple tree and what is stored for it.</summary>
/// <param name="First">First index.</param>
/// <param name="Last">Last index, inclusive.</param>
/// <param name="Entry">The pointer as stored.</param>
public readonly record struct MapleEntry(ulong First, ulong Last, ulong Entry);

/// <summary>
/// Walks over maple trees (6.1 and later; include/linux/maple_tree.h). Bounded; a broken branch adds a sentence to
/// <see cref="Losses"/> and costs no other.
/// </summary>
public static class MapleTrees
{
    private const int MaxDepth = 32;
    private const ulong LargestInternal = 4096;

    /// <summary>The ranges of a tree that hold something, ascending.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="tree">Address of the <c>struct maple_tree</c>.</param>
    /// <param name="losses">Gets a sentence for each branch that could not be walked.</param>
    public static IEnumerable<MapleEntry> Entries(ValueContext context, ulong tree, Losses? losses = null)
    {
        var root = context.Memory.ReadWord(
            tree + (ulong)new StructLayout(context.Types, "struct maple_tree").Offset("ma_root"), "maple_tree.ma_root");
        if ((root & 3) == 2 && root > LargestInternal)
            return new MapleWalk(context, losses).Node(root, 0, ulong.MaxValue, 0);
        // A tree with one entry, at index 0, has no node.
        return IsStored(root) ? [new MapleEntry(0, 0, root)] : [];
    }

    // The tree's own marks (a deleted entry, for one) look like small internal entries of an xarray.
    private static bool IsStored(ulong entry) => entry != 0 && ((entry & 3) != 2 || entry > LargestInternal);

    /// <summary>Where pivots and slots of one kind of node lie.</summary>
    private readonly record struct NodeShape(int Pivots, int PivotCount, int Slots, int SlotCount, bool IsLeaf);

    private sealed class MapleWalk
    {
        private const int NodeBytes = 256; // Nodes are aligned to their size: the low bits of a pointer hold the kind.

        private readonly ValueContext _context;
        private readonly WordFormat _words;
        private readonly Losses? _losses;
        private readonly HashSet<ulong> _seen = [];
        private readonly NodeShape[] _shapes;

        public MapleWalk(ValueContext context, Losses? losses)
        {
            (_context, _words, _losses) = (context, context.Memory.Words, losses);
            var range = Shape("struct maple_range_64");
            // In the order of enum maple_type: dense, leaf_64, range_64, arange_64.
            _shapes =
            [
                new(0, 0, new StructLayout(context.Types, "struct maple_node").Offset("slot"), 31, true),
                range with { IsLeaf = true }, range, Shape("struct maple_arange_64"),
            ];
        }

        public IEnumerable<MapleEntry> Node(ulong link, ulong first, ulong last, int depth)
        {
            if (!TryReadNode(link, depth, out var shape, out var node))
                yield break;
            var start = first;
            for (var i = 0; i < shape.SlotCount; i++)
            {
                var end = EndOf(shape, node, i, start, last);
                if (end < start || end > last)
                {
                    _losses?.Add($"the maple tree's node at 0x{link & ~0xffUL:x} is damaged: its pivots do not ascend");
                    yield break;
                }
                var entry = Word(node, shape.Slots + i * _words.Size);
                if (shape.IsLeaf && IsStored(entry))
                    yield return new MapleEntry(start, end, entry);
                else if (!shape.IsLeaf && entry != 0)
                {
                    foreach (var below in Node(entry, start, end, depth + 1))
                        yield return below;
                }
                if (end >= last)
                    yield break;
                start = end + 1;
            }
        }

        // The last slot in use ends where the node ends; a pivot of 0 after the first means the same.
        private ulong EndOf(NodeShape shape, byte[] node, int slot, ulong start, ulong last)
        {
            if (shape.PivotCount == 0)
                return start; // Dense: a slot for each index.
            if (slot >= shape.PivotCount)
                return last;
            var pivot = Word(node, shape.Pivots + slot * _words.Size);
            return pivot == 0 && slot > 0 ? last : pivot;
        }

        private bool TryReadNode(ulong link, int depth, out NodeShape shape, out byte[] node)
        {
            var address = link & ~0xffUL;
            var kind = (int)(link >> 3) & 0xf;
            node = new byte[NodeBytes];
            shape = kind < _shapes.Length ? _shapes[kind] : default;
            if (_seen.Count >= _context.Limits.MaxElements || depth > MaxDepth)
                _losses?.Add($"the maple tree was cut at {_seen.Count} nodes, {depth} deep");
            else if (kind >= _shapes.Length)
                _losses?.Add($"the maple tree's node at 0x{address:x} is of an unknown kind, {kind}");
            else if (!_seen.Add(address))
                _losses?.Add($"the maple tree runs in a circle at 0x{address:x}");
            else if (!_context.Memory.TryRead(address, node, out var fault))
                _losses?.Add($"a branch of the maple tree breaks off: {fault}");
            else
                return true;
            return false;
        }

        private NodeShape Shape(string structure)
        {
            var layout = new StructLayout(_context.Types, structure);
            int pivots = layout.Offset("pivot"), slots = layout.Offset("slot");
            var pivotCount = (slots - pivots) / _words.Size;
            return new NodeShape(pivots, pivotCount, slots, pivotCount + 1, false);
        }

        private ulong Word(byte[] node, int offset) => _words.ReadWord(node.AsSpan(offset));
    }
}
