using System.Runtime.CompilerServices;

namespace Panicle.Formats.Compression;

/// <summary>
/// What a deflate block with codes of its own begins with (RFC 1951, section 3.2.7): the lengths of these codes, runs of equal
/// ones shortened, in a code of their own.
/// </summary>
/// <param name="symbols">The code of bytes and lengths.</param>
/// <param name="distances">The code of distances.</param>
internal sealed class DeflateHeader(HuffmanCode symbols, HuffmanCode distances)
{
    private const int FewestSymbols = 257;
    private const int FewestLengths = 4;
    private const int Again = 16; // the length before, 3 to 6 times
    private const int FewZeros = 17; // 3 to 10
    private const int ManyZeros = 18; // 11 to 138

    private static readonly byte[] Order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly HuffmanCode _code = new(Order.Length, 7);
    private readonly byte[] _lengths = new byte[symbols.Lengths.Length + distances.Lengths.Length];
    private readonly (byte Symbol, byte Extra)[] _content = new (byte, byte)[symbols.Lengths.Length + distances.Lengths.Length];
    private int _count;
    private int _extraBits;

    /// <summary>
    /// Prepares the lengths of the codes, which are written by a code of their own; returns the bits that they take.
    /// </summary>
    public int Make()
    {
        var (ofSymbols, ofDistances) = (symbols.Used(FewestSymbols), distances.Used(1));
        symbols.Lengths.AsSpan(0, ofSymbols).CopyTo(_lengths);
        distances.Lengths.AsSpan(0, ofDistances).CopyTo(_lengths.AsSpan(ofSymbols));
        Array.Clear(_code.Counts);
        _count = _extraBits = 0;
        var lengths = _lengths.AsSpan(0, ofSymbols + ofDistances);
        while (!lengths.IsEmpty)
        {
            var run = lengths.IndexOfAnyExcept(lengths[0]);
            run = run < 0 ? lengths.Length : run;
            AddRun(lengths[0], run);
            lengths = lengths[run..];
        }
        _code.Make();
        return 5 + 5 + 4 + 3 * LengthsUsed() + _code.Bits + _extraBits;
    }

    /// <summary>Writes what <see cref="Make"/> prepared.</summary>
    public void Write(ref BitWriter bits)
    {
        var count = LengthsUsed();
        bits.Add((uint)(symbols.Used(FewestSymbols) - FewestSymbols), 5);
        bits.Add((uint)(distances.Used(1) - 1), 5);
        bits.Add((uint)(count - FewestLengths), 4);
        bits.Flush();
        for (var i = 0; i < count; i++)
        {
            bits.Add(_code.Lengths[Order[i]], 3);
            bits.Flush();
        }
        foreach (var (symbol, extra) in _content.AsSpan(0, _count))
        {
            bits.Add(_code.Codes[symbol], _code.Lengths[symbol]);
            bits.Add(extra, ExtraOf(symbol));
            bits.Flush();
        }
    }

    private void AddRun(byte length, int run)
    {
        if (length != 0)
        {
            Add(length, 0);
            run--;
        }
        while (run >= 3)
        {
            var part = Math.Min(run, length != 0 ? 6 : 138);
            if (length != 0)
                Add(Again, part - 3);
            else if (part <= 10)
                Add(FewZeros, part - 3);
            else
                Add(ManyZeros, part - 11);
            run -= part;
        }
        for (; run > 0; run--)
            Add(length, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(byte symbol, int extra)
    {
        _code.Counts[symbol]++;
        _extraBits += ExtraOf(symbol);
        _content[_count++] = (symbol, (byte)extra);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ExtraOf(byte symbol) => symbol switch { Again => 2, FewZeros => 3, ManyZeros => 7, _ => 0 };

    private int LengthsUsed()
    {
        var count = Order.Length;
        while (count > FewestLengths && _code.Lengths[Order[count - 1]] == 0)
            count--;
        return count;
    }
}
