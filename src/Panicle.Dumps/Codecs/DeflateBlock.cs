using System.Numerics;
using System.Runtime.CompilerServices;

namespace Panicle.Dumps.Codecs;

/// <summary>
/// One block of a deflate stream (RFC 1951) for a whole page: gathers bytes and repeats, makes the codes that suit them, and writes them
/// with these or with the fixed ones, whichever takes less.
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
    private const int Again = 16; // code lengths: the one before, 3 to 6 times
    private const int FewZeros = 17; // 3 to 10
    private const int ManyZeros = 18; // 11 to 138

    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] LengthFirst = FirstOf(LengthExtra);
    private static readonly byte[] LengthSymbol = SymbolsOf(LengthFirst);
    private static readonly byte[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly HuffmanCode FixedSymbols = HuffmanCode.OfLengths(FixedLengths());
    private static readonly HuffmanCode FixedDistances = HuffmanCode.OfLengths([.. Enumerable.Repeat((byte)5, DistanceSymbols + 2)]);

    private readonly HuffmanCode _symbols = new(FirstLength + LengthSymbols, 15);
    private readonly HuffmanCode _distances = new(DistanceSymbols, 15);
    private readonly HuffmanCode _lengths = new(19, 7);
    private readonly (byte Symbol, byte Extra)[] _header = new (byte, byte)[FirstLength + LengthSymbols + DistanceSymbols];
    private readonly byte[] _codeLengths = new byte[FirstLength + LengthSymbols + DistanceSymbols];
    private Repeat[] _repeats = [];
    private int _count;
    private int _headerCount;
    private int _extraBits;

    /// <summary>Begins a page.</summary>
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

    /// <summary>Writes the block.</summary>
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
        var header = MakeHeader();
        var own = header + _symbols.Bits + _distances.Bits;
        var standard = _symbols.BitsIn(FixedSymbols) + _distances.BitsIn(FixedDistances);
        if ((Math.Min(own, standard) + _extraBits) / 8 + 2 >= length)
            return null;
        var bits = new BitWriter(output);
        bits.Add(1, 1); // the last block
        bits.Add(own < standard ? 2u : 1u, 2);
        if (own < standard)
            WriteHeader(ref bits);
        return own < standard ? Write(page, rest, bits, _symbols, _distances) : Write(page, rest, bits, FixedSymbols, FixedDistances);
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

    /// <summary>Prepares the lengths of the codes, which are written by a code of their own; returns the bits that they take.</summary>
    private int MakeHeader()
    {
        var (symbols, distances) = (_symbols.Used(FirstLength), _distances.Used(1));
        _symbols.Lengths.AsSpan(0, symbols).CopyTo(_codeLengths);
        _distances.Lengths.AsSpan(0, distances).CopyTo(_codeLengths.AsSpan(symbols));
        Array.Clear(_lengths.Counts);
        _headerCount = 0;
        var lengths = _codeLengths.AsSpan(0, symbols + distances);
        while (!lengths.IsEmpty)
        {
            var run = lengths.IndexOfAnyExcept(lengths[0]);
            run = run < 0 ? lengths.Length : run;
            AddRun(lengths[0], run);
            lengths = lengths[run..];
        }
        _lengths.Make();
        var bits = 5 + 5 + 4 + 3 * HeaderLengths() + _lengths.Bits;
        return bits + 2 * (int)_lengths.Counts[Again] + 3 * (int)_lengths.Counts[FewZeros] + 7 * (int)_lengths.Counts[ManyZeros];
    }

    private void AddRun(byte length, int run)
    {
        if (length != 0)
        {
            AddToHeader(length, 0);
            run--;
        }
        while (run >= 3)
        {
            var part = Math.Min(run, length != 0 ? 6 : 138);
            if (length != 0)
                AddToHeader(Again, part - 3);
            else if (part <= 10)
                AddToHeader(FewZeros, part - 3);
            else
                AddToHeader(ManyZeros, part - 11);
            run -= part;
        }
        for (; run > 0; run--)
            AddToHeader(length, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddToHeader(byte symbol, int extra)
    {
        _lengths.Counts[symbol]++;
        _header[_headerCount++] = (symbol, (byte)extra);
    }

    private int HeaderLengths()
    {
        var count = LengthOrder.Length;
        while (count > 4 && _lengths.Lengths[LengthOrder[count - 1]] == 0)
            count--;
        return count;
    }

    private void WriteHeader(ref BitWriter bits)
    {
        var count = HeaderLengths();
        bits.Add((uint)(_symbols.Used(FirstLength) - FirstLength), 5);
        bits.Add((uint)(_distances.Used(1) - 1), 5);
        bits.Add((uint)(count - 4), 4);
        bits.Flush();
        for (var i = 0; i < count; i++)
        {
            bits.Add(_lengths.Lengths[LengthOrder[i]], 3);
            bits.Flush();
        }
        foreach (var (symbol, extra) in _header.AsSpan(0, _headerCount))
        {
            bits.Add(_lengths.Codes[symbol], _lengths.Lengths[symbol]);
            bits.Add(extra, symbol switch { Again => 2, FewZeros => 3, ManyZeros => 7, _ => 0 });
            bits.Flush();
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
