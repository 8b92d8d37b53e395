
namespace Panicle.Kernel.Values;

/// <summary>An index that is in use, with the word that the kernel keeps there.</summary>
/// <param name="Index">Its first index; an entry that spans several is given once.</param>
/// <param name="Entry">The pointer as stored, or a value entry.</param>
public readonly record struct XArrayEntry(ulong Index, ulong Entry)
{
    /// <summary>Whether the entry is an integer and no pointer (a swap entry in the page cache, say).</summary>
    public bool IsValue => (Entry & 1) != 0;

    /// <summary>The integer that a value entry stands for.</summary>
    public ulong Value => Entry >> 1;
}

/// <summary>
/// Walks over xarrays, over radix trees and IDRs, which have been the same since 4.20 (include/linux/xarray.h). Bounded;
/// a broken branch is a loss and costs no other.
/// </summary>
public static class XArrays
{
    // The low two bits of an entry: 2 marks the array's own entries, which are nodes above this bound and below it
    // siblings, retry and zero entries.
    private const ulong LargestInternal = 4096;
    private const int MaxShift = 63;

    /// <summary>The entries of an xarray (<c>struct xarray</c>, or <c>struct radix_tree_root</c>) in ascending order.</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="array">Address of the <c>struct xarray</c>.</param>
    /// <param name="losses">Gets a sentence for each branch that could not be walked.</param>
    public static IEnumerable<XArrayEntry> Entries(ValueContext context, ulong array, Losses? losses = null)
    {
        var head = context.Memory.ReadWord(
            array + (ulong)new StructLayout(context.Types, "struct xarray").Offset("xa_head"), "xarray.xa_head");
        if (IsNode(head))
            return new XArrayWalk(context, losses).Node(head, 0, MaxShift + 1);
        return IsStored(head) ? [new XArrayEntry(0, head)] : [];
    }

    /// <summary>IDs and pointers of an IDR (<c>struct idr</c>, include/linux/idr.h).</summary>
    /// <param name="context">What to read with.</param>
    /// <param name="idr">Address of the <c>struct idr</c>.</param>
    /// <param name="losses">Gets a sentence for each branch that could not be walked.</param>
    public static IEnumerable<XArrayEntry> IdrEntries(ValueContext context, ulong idr, Losses? losses = null)
    {
        var layout = new StructLayout(context.Types, "struct idr");
        var first = context.Memory.ReadUInt32(idr + (ulong)layout.Offset("idr_base"), "idr.idr_base");
        return Entries(context, idr + (ulong)layout.Offset("idr_rt"), losses)
            .Select(entry => entry with { Index = entry.Index + first });
    }

    private static bool IsNode(ulong entry) => (entry & 3) == 2 && entry > LargestInternal;

    private static bool IsStored(ulong entry) => entry != 0 && (entry & 3) != 2;

    private sealed class XArrayWalk
    {
        private readonly ValueContext _context;
        private readonly WordFormat _words;
        private readonly Losses? _losses;
        private readonly HashSet<ulong> _seen = [];
        private readonly int _shift;
        private readonly int _slots;
        private readonly int _slotCount;

        public XArrayWalk(ValueContext context, Losses? losses)
        {
            (_context, _words, _losses) = (context, context.Memory.Words, losses);
            var layout = new StructLayout(context.Types, "struct xa_node");
            _shift = layout.Offset("shift");
            _slots = layout.Offset("slots");
            // XA_CHUNK_SIZE is 64, and 16 with CONFIG_BASE_SMALL: what fits between the slots and the marks.
            _slotCount = Math.Clamp((layout.Offset("marks", "tags") - _slots) / _words.Size, 1, 64);
        }

        public IEnumerable<XArrayEntry> Node(ulong entry, ulong index, int parentShift)
        {
            var address = entry - 2;
            if (!TryReadNode(address, parentShift, out var node))
                yield break;
            var shift = node[_shift];
            for (var slot = 0; slot < _slotCount; slot++)
            {
                var child = _words.ReadWord(node.AsSpan(_slots + slot * _words.Size));
                var childIndex = index + ((ulong)slot << shift);
                if (IsNode(child))
                {
                    foreach (var below in Node(child, childIndex, shift))
                        yield return below;
                }
                else if (IsStored(child))
                {
                    yield return new XArrayEntry(childIndex, child);
                }
            }
        }

        private bool TryReadNode(ulong address, int parentShift, out byte[] node)
        {
            node = new byte[_slots + _slotCount * _words.Size];
            if (_seen.Count >= _context.Limits.MaxElements)
                _losses?.Add($"the xarray was cut at {_seen.Count} nodes");
            else if (!_seen.Add(address))
                _losses?.Add($"the xarray runs in a circle at 0x{address:x}");
            else if (!_context.Memory.TryRead(address, node, out var fault))
                _losses?.Add($"a branch of the xarray breaks off: {fault}");
            else if (node[_shift] >= parentShift)
                _losses?.Add($"the xarray's node at 0x{address:x} is damaged: its shift is {node[_shift]}");
            else
                return true;
            return false;
        }
    }
}
