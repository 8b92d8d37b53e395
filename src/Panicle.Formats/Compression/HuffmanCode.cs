using System.Runtime.CompilerServices;

namespace Panicle.Formats.Compression;

/// <summary>
/// A canonical Huffman code as deflate has it (RFC 1951, section 3.2.2): of bounded length, told by its lengths alone.
/// </summary>
internal sealed class HuffmanCode
{
    private const int LongestCode = 15;
    private const int SymbolBits = 9;
    private const int Few = 64;

    private readonly int _limit;
    private readonly uint[] _leaves; // count and symbol, by count
    private readonly uint[] _nodes;
    private readonly int[] _starts = new int[Few + 1];
    private readonly int[] _ofLength = new int[LongestCode + 1];

    /// <summary>Makes room for a code.</summary>
    /// <param name="symbols">How many symbols there are, at most 512.</param>
    /// <param name="limit">Bits of the longest code, at most 15.</param>
    public HuffmanCode(int symbols, int limit)
    {
        _limit = limit;
        Counts = new uint[symbols];
        Lengths = new byte[symbols];
        Codes = new ushort[symbols];
        _leaves = new uint[symbols];
        _nodes = new uint[symbols];
    }

    /// <summary>How often each symbol is to be written.</summary>
    public uint[] Counts { get; }

    /// <summary>Bits of each symbol's code; 0 if it has none.</summary>
    public byte[] Lengths { get; }

    /// <summary>Each symbol's code, its first bit lowest.</summary>
    public ushort[] Codes { get; }

    /// <summary>Makes the code for lengths that are given.</summary>
    public static HuffmanCode OfLengths(ReadOnlySpan<byte> lengths)
    {
        var code = new HuffmanCode(lengths.Length, LongestCode);
        lengths.CopyTo(code.Lengths);
        foreach (var length in lengths)
            code._ofLength[length]++;
        code.Number();
        return code;
    }

    /// <summary>Makes the best code for the counts.</summary>
    public void Make()
    {
        Array.Clear(Lengths);
        Array.Clear(_ofLength);
        var leaves = _leaves.AsSpan(0, Sort());
        if (leaves.Length == 1)
            _ofLength[1] = 1;
        else if (leaves.Length > 1)
            FindLengths(leaves);
        Bits = 0;
        var next = 0;
        for (var length = _limit; length > 0; length--)
        {
            foreach (var leaf in leaves.Slice(next, _ofLength[length]))
            {
                Lengths[leaf & ((1 << SymbolBits) - 1)] = (byte)length;
                Bits += (int)(leaf >> SymbolBits) * length;
            }
            next += _ofLength[length];
        }
        Number();
    }

    /// <summary>Bits of everything that was counted, in this code.</summary>
    public int Bits { get; private set; }

    /// <summary>Bits of everything that was counted, in another code.</summary>
    public int BitsIn(HuffmanCode other)
    {
        var bits = 0;
        var lengths = other.Lengths.AsSpan(0, Counts.Length);
        for (var symbol = 0; symbol < lengths.Length; symbol++)
            bits += (int)Counts[symbol] * lengths[symbol];
        return bits;
    }

    /// <summary>How many symbols there are up to the last one that has a code.</summary>
    public int Used(int least)
    {
        var used = Lengths.Length;
        while (used > least && Lengths[used - 1] == 0)
            used--;
        return used;
    }

    /// <summary>Orders the symbols that occur by their counts: by counting, and the few that are frequent by insertion.</summary>
    private int Sort()
    {
        Array.Clear(_starts);
        var occurring = _nodes;
        var at = 0;
        for (var symbol = 0; symbol < Counts.Length; symbol++)
        {
            if (Counts[symbol] is var count and not 0)
            {
                occurring[at++] = count << SymbolBits | (uint)symbol;
                _starts[Math.Min(count, Few)]++;
            }
        }
        var start = 0;
        for (var count = 1; count <= Few; count++)
            (_starts[count], start) = (start, start + _starts[count]);
        foreach (var leaf in occurring.AsSpan(0, at))
            _leaves[_starts[Math.Min(leaf >> SymbolBits, Few)]++] = leaf;
        for (var i = _starts[Few - 1] + 1; i < at; i++)
        {
            var leaf = _leaves[i];
            var to = i;
            for (; to > _starts[Few - 1] && _leaves[to - 1] > leaf; to--)
                _leaves[to] = _leaves[to - 1];
            _leaves[to] = leaf;
        }
        return at;
    }

    /// <summary>
    /// How many codes there are of each length: the tree of two queues, in which the nodes, like the leaves, come in the order of
    /// their counts, so that the lightest two are always at the heads.
    /// </summary>
    private void FindLengths(ReadOnlySpan<uint> leaves)
    {
        var nodes = _nodes.AsSpan(0, leaves.Length - 1);
        int leaf = 0, node = 0;
        for (var made = 0; made < nodes.Length; made++)
        {
            var sum = 0u;
            for (var child = 0; child < 2; child++)
            {
                if (leaf < leaves.Length && (node == made || leaves[leaf] >> SymbolBits <= nodes[node]))
                {
                    sum += leaves[leaf++] >> SymbolBits;
                }
                else
                {
                    sum += nodes[node];
                    nodes[node++] = (uint)made; // From now on it tells its parent.
                }
            }
            nodes[made] = sum;
        }
        // From the root down: each level has twice the nodes of the one above, and those that aren't nodes are leaves.
        nodes[^1] = 0;
        for (var i = nodes.Length - 2; i >= 0; i--)
            nodes[i] = nodes[(int)nodes[i]] + 1;
        var open = 1;
        var at = nodes.Length - 1;
        for (uint depth = 0; open > 0; depth++)
        {
            var inner = 0;
            for (; at >= 0 && nodes[at] == depth; at--)
                inner++;
            _ofLength[Math.Min((int)depth, _limit)] += open - inner;
            open = 2 * inner;
        }
        Shorten();
    }

    /// <summary>
    /// Codes longer than allowed were counted as the longest that are, which is too many: one leaf of a level above makes room
    /// for two below it, its own and one of the longest.
    /// </summary>
    private void Shorten()
    {
        var used = 0;
        for (var length = 1; length <= _limit; length++)
            used += _ofLength[length] << (_limit - length);
        for (; used > 1 << _limit; used--)
        {
            var length = _limit - 1;
            while (_ofLength[length] == 0)
                length--;
            _ofLength[length]--;
            _ofLength[length + 1] += 2;
            _ofLength[_limit]--;
        }
    }

    private void Number()
    {
        Span<int> next = stackalloc int[LongestCode + 2];
        _ofLength[0] = 0;
        for (var length = 1; length <= LongestCode; length++)
            next[length + 1] = (next[length] + _ofLength[length]) << 1;
        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            var length = Lengths[symbol];
            Codes[symbol] = (ushort)(Reverse((uint)next[length]++) >> (16 - length)); // 0 for those that have none
        }
    }

    /// <summary>The lower 16 bits, the other way round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Reverse(uint bits)
    {
        bits = (bits & 0x5555) << 1 | bits >> 1 & 0x5555;
        bits = (bits & 0x3333) << 2 | bits >> 2 & 0x3333;
        bits = (bits & 0x0f0f) << 4 | bits >> 4 & 0x0f0f;
        return (bits & 0x00ff) << 8 | bits >> 8;
    }
}
