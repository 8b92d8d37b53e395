using System.Numerics;
using System.Runtime.CompilerServices;

namespace Panicle.Formats.Compression;

/// <summary>
/// One block of a deflate stream (RFC 1951) for a whole page: gathers bytes and repeats, makes the codes that suit them, and
/// writes them with these or with the fixed ones, whichever takes less.
/// </summary>
internal sealed unsafe class DeflateBlock
{
    /// <summary>Bytes of the shortest repeat.</summary>
    public const int Shortest = 3;

    /// <summary>How far back a repeat can reach, in bytes.</summary>
    public const int Furthest = 32768;

    private const int Longest = 258;
    private const int EndOfBlock = 256;
    private const int FirstLength = 257;
    private const int LengthSymbols = 29;
    private const int DistanceSymbols = 30;

    private static readonly byte[] LengthExtra =
    [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ];
    private static readonly ushort[] LengthFirst = FirstOf(LengthExtra);
    private static readonly byte[] LengthSymbol = SymbolsOf(LengthFirst);
    private static readonly HuffmanCode FixedSymbols = HuffmanCode.OfLengths(FixedLengths());
    private static readonly HuffmanCode FixedDistances = HuffmanCode.OfLengths(
        [.. Enumerable.Repeat((byte)5, DistanceSymbols + 2)]);

    private readonly HuffmanCode _symbols = new(FirstLength + LengthSymbols, 15);
    private readonly HuffmanCode _distances = new(DistanceSymbols, 15);
    private readonly DeflateHeader _header;
    private Repeat[] _repeats = [];
    private int _count;
    private int _extraBits;

    /// <summary>Makes room for the counts.</summary>
    public DeflateBlock() => _header = new DeflateHeader(_symbols, _distances);

    /// <param name="bytes">Its length.</param>
    public void Clear(int bytes)
    {
        if (_repeats.Length <= bytes / Shortest)
            _repeats = new Repeat[bytes / Shortest + 1];
        _count = _extraBits = 0;
        Array.Clear(_symbols.Counts);
        Array.Clear(_distances.Counts);
        _symbols.Counts[EndOfBlock] = 1;
    }

    /// <summary>Adds bytes that are written as they are, and a repeat behind them.</summary>
    /// <param name="from">The bytes.</param>
    /// <param name="count">How many.</param>
    /// <param name="length">Bytes that repeat.</param>
    /// <param name="distance">From how far back.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(byte* from, int count, int length, int distance)
    {
        Count(from, count);
        var symbol = SymbolOf(distance);
        for (; length > 0; count = 0)
        {
            var part = length <= Longest ? length : Math.Min(Longest, length - Shortest);
            _repeats[_count++] = new Repeat(count, (ushort)part, (ushort)distance);
            _symbols.Counts[FirstLength + LengthSymbol[part]]++;
            _distances.Counts[symbol]++;
            _extraBits += LengthExtra[LengthSymbol[part]] + ExtraOf(symbol);
            length -= part;
        }
    }

    /// <param name="page">The page.</param>
    /// <param name="length">Its length.</param>
    /// <param name="rest">Bytes at its end that are written as they are.</param>
    /// <param name="output">Where to; as long as the page and 8 bytes more.</param>
    /// <returns>One past the last byte that was written; null if that would be no fewer than the page has.</returns>
    public byte* Write(byte* page, int length, int rest, byte* output)
    {
        Count(page + length - rest, rest);
        _symbols.Make();
        _distances.Make();
        var own = _header.Make() + _symbols.Bits + _distances.Bits;
        var standard = _symbols.BitsIn(FixedSymbols) + _distances.BitsIn(FixedDistances);
        if ((Math.Min(own, standard) + _extraBits) / 8 + 2 >= length)
            return null;
        var bits = new BitWriter(output);
        bits.Add(1, 1); // the last block
        bits.Add(own < standard ? 2u : 1u, 2);
        if (own < standard)
            _header.Write(ref bits);
        return own < standard
            ? Write(page, rest, bits, _symbols, _distances)
            : Write(page, rest, bits, FixedSymbols, FixedDistances);
    }

    private byte* Write(byte* page, int rest, BitWriter bits, HuffmanCode symbols, HuffmanCode distances)
    {
        fixed (ushort* codes = symbols.Codes, distanceCodes = distances.Codes)
        fixed (byte* lengths = symbols.Lengths, distanceLengths = distances.Lengths)
        {
            foreach (var repeat in _repeats.AsSpan(0, _count))
            {
                page = WriteBytes(ref bits, page, repeat.Bytes, codes, lengths) + repeat.Length;
                var of = LengthSymbol[repeat.Length];
                bits.Add(codes[FirstLength + of], lengths[FirstLength + of]);
                bits.Add((uint)(repeat.Length - LengthFirst[of]), LengthExtra[of]);
                var symbol = SymbolOf(repeat.Distance);
                bits.Add(distanceCodes[symbol], distanceLengths[symbol]);
                var extra = ExtraOf(symbol);
                bits.Add((uint)(repeat.Distance - 1) & ((1u << extra) - 1), extra);
                bits.Flush();
            }
            WriteBytes(ref bits, page, rest, codes, lengths);
            bits.Add(codes[EndOfBlock], lengths[EndOfBlock]);
            return bits.End();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteBytes(ref BitWriter bits, byte* from, int count, ushort* codes, byte* lengths)
    {
        var writer = bits; // kept in registers
        for (; count >= 3; count -= 3, from += 3)
        {
            writer.Add(codes[from[0]], lengths[from[0]]);
            writer.Add(codes[from[1]], lengths[from[1]]);
            writer.Add(codes[from[2]], lengths[from[2]]);
            writer.Flush();
        }
        for (; count > 0; count--, from++)
            writer.Add(codes[from[0]], lengths[from[0]]);
        writer.Flush();
        bits = writer;
        return from;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(byte* from, int count)
    {
        fixed (uint* counts = _symbols.Counts)
        {
            for (; count > 0; count--)
                counts[*from++]++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SymbolOf(int distance)
    {
        var from = (uint)distance - 1;
        if (from < 4)
            return (int)from;
        var bits = BitOperations.Log2(from);
        return 2 * bits + (int)(from >> (bits - 1) & 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ExtraOf(int distanceSymbol) => distanceSymbol < 4 ? 0 : (distanceSymbol >> 1) - 1;

    private static ushort[] FirstOf(byte[] extra)
    {
        var first = new ushort[extra.Length];
        for (int i = 0, next = Shortest; i < first.Length; next += 1 << extra[i++])
            first[i] = (ushort)next;
        first[^1] = Longest; // The symbol before reaches to 257 only, though it could say 258.
        return first;
    }

    private static byte[] SymbolsOf(ushort[] first)
    {
        var symbols = new byte[Longest + 1];
        for (var symbol = 0; symbol < first.Length; symbol++)
            symbols.AsSpan(first[symbol]).Fill((byte)symbol);
        return symbols;
    }

    private static byte[] FixedLengths()
    {
        var lengths = new byte[288];
        lengths.AsSpan(0, 144).Fill(8);
        lengths.AsSpan(144, 112).Fill(9);
        lengths.AsSpan(256, 24).Fill(7);
        lengths.AsSpan(280, 8).Fill(8);
        return lengths;
    }

    /// <summary>Bytes as they are, and a repeat behind them.</summary>
    private readonly record struct Repeat(int Bytes, ushort Length, ushort Distance);
}
