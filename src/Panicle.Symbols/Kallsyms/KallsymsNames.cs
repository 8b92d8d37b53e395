using System.Runtime.CompilerServices;
using System.Text;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// The compressed names in table order. Each is a length and that many token codes; the expanded text starts with the
/// symbol's type letter. A length of 128 and more takes two bytes since 6.1, low seven bits first
/// (<c>kernel/kallsyms.c</c>, <c>scripts/kallsyms.c</c>).
/// </summary>
internal sealed class KallsymsNames
{
    public const int MarkerShift = 8;
    public const int MarkerStep = 1 << MarkerShift;

    // The kernel's KSYM_NAME_LEN is 128 and since 6.1 512; this leaves room to grow.
    public const int MaxNameLength = 4096;

    private readonly byte[] _data;
    private readonly int[] _markers;
    private readonly KallsymsTokens _tokens;

    // By group of 256 names: those that can't be read. Null if all can.
    private readonly bool[]? _lost;

    private KallsymsNames(byte[] data, int[] markers, bool[]? lost, int count, KallsymsTokens tokens)
    {
        _data = data;
        _markers = markers;
        _lost = lost;
        Count = count;
        _tokens = tokens;
    }

    /// <summary>How many names can be reached, those of <see cref="IsLost"/> groups included.</summary>
    public int Count { get; }

    /// <summary>Whether some of the names within <see cref="Count"/> can't be read.</summary>
    public bool HasLost => _lost is not null;

    public KallsymsTokens Tokens => _tokens;

    /// <summary>
    /// Walks the lengths once and remembers where each 256th name starts. Ends early, with fewer names than asked for,
    /// where the stream ends or is broken.
    /// </summary>
    public static KallsymsNames Index(byte[] data, int count, KallsymsTokens tokens)
    {
        var markers = new int[(count + MarkerStep - 1) >> MarkerShift];
        var position = 0;
        for (var i = 0; i < count; i++)
        {
            if ((i & (MarkerStep - 1)) == 0)
                markers[i >> MarkerShift] = position;
            var (start, length) = Encoded(data, position);
            if (length == 0)
                return new KallsymsNames(data, markers, null, i, tokens);
            position = start + length;
        }
        return new KallsymsNames(data, markers, null, count, tokens);
    }

    /// <summary>
    /// Takes the kernel's own markers where the stream is broken in places: a group of 256 names whose lengths don't lead to the
    /// next group is lost, and no other.
    /// </summary>
    public static KallsymsNames Index(byte[] data, int count, KallsymsTokens tokens, int[] markers)
    {
        var lost = new bool[markers.Length];
        for (var group = 0; group < markers.Length; group++)
        {
            var position = markers[group];
            var names = Math.Min(MarkerStep, count - (group << MarkerShift));
            for (; names > 0; names--)
            {
                var (start, length) = Encoded(data, position);
                if (length == 0)
                    break;
                position = start + length;
            }
            lost[group] = names > 0 || (group + 1 < markers.Length && position != markers[group + 1]);
        }
        return new KallsymsNames(data, markers, lost, count, tokens);
    }

    /// <summary>Whether a name lies in a part of the stream that can't be read.</summary>
    public bool IsLost(int index) => _lost is not null && _lost[index >> MarkerShift];

    /// <summary>Where a name's codes lie and how many there are; none if the stream is broken here.</summary>
    public static (int Start, int Length) Encoded(ReadOnlySpan<byte> data, int position)
    {
        if ((uint)position >= (uint)data.Length)
            return default;
        int length = data[position++];
        if ((length & 0x80) != 0 && position < data.Length)
            length = (length & 0x7f) | (data[position++] << 7);
        return length <= data.Length - position ? (position, length) : default;
    }

    /// <summary>The codes of one name; none if it is lost.</summary>
    public ReadOnlySpan<byte> CodesOf(int index)
    {
        if (IsLost(index))
            return default;
        var position = _markers[index >> MarkerShift];
        for (var skip = index & (MarkerStep - 1); skip > 0; skip--)
        {
            var (skipped, codes) = Encoded(_data, position);
            position = skipped + codes;
        }
        var (start, length) = Encoded(_data, position);
        return _data.AsSpan(start, length);
    }

    /// <summary>The name and type letter of one symbol.</summary>
    public string NameOf(int index, out char type) => Decode(CodesOf(index), out type);

    /// <summary>The name and type letter that codes stand for.</summary>
    [SkipLocalsInit]
    public string Decode(ReadOnlySpan<byte> codes, out char type)
    {
        Span<byte> buffer = stackalloc byte[MaxNameLength];
        var text = Expand(codes, buffer);
        type = text.IsEmpty ? '?' : (char)text[0];
        return text.IsEmpty ? "" : Encoding.UTF8.GetString(text[1..]);
    }

    /// <summary>Expands codes, type letter first; cut off where the buffer ends.</summary>
    public Span<byte> Expand(ReadOnlySpan<byte> codes, Span<byte> buffer)
    {
        var length = 0;
        foreach (var code in codes)
        {
            var text = _tokens.Text(code);
            if (text.Length > buffer.Length - length)
                break;
            text.CopyTo(buffer[length..]);
            length += text.Length;
        }
        return buffer[..length];
    }

    /// <summary>Sums up for each name what its codes stand for; 0 for those that are lost.</summary>
    /// <param name="first">The number of each code as a name's first.</param>
    /// <param name="others">The number of each code as one that follows.</param>
    public ushort[] Sum(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> others)
    {
        var sums = new ushort[Count];
        var names = GetEnumerator();
        while (names.MoveNext())
        {
            var codes = names.Current;
            int sum = first[codes[0]];
            for (var i = 1; i < codes.Length; i++)
                sum += others[codes[i]];
            sums[names.Index] = (ushort)sum;
        }
        return sums;
    }

    /// <summary>Goes through all the codes in table order, without the cost of finding each name anew.</summary>
    public NameEnumerator GetEnumerator() => new(this);

    public struct NameEnumerator(KallsymsNames names)
    {
        private readonly KallsymsNames _names = names;
        private int _next;
        private int _start;
        private int _length;

        /// <summary>The name's place in the table.</summary>
        public int Index { get; private set; } = -1;

        public readonly ReadOnlySpan<byte> Current => _names._data.AsSpan(_start, _length);

        /// <summary>Moves to the next name that isn't lost.</summary>
        public bool MoveNext()
        {
            Index++;
            while (_names._lost is { } lost && (Index & (MarkerStep - 1)) == 0 && Index < _names.Count)
            {
                _next = _names._markers[Index >> MarkerShift];
                if (!lost[Index >> MarkerShift])
                    break;
                Index += MarkerStep;
            }
            if (Index >= _names.Count)
                return false;
            (_start, _length) = Encoded(_names._data, _next);
            _next = _start + _length;
            return true;
        }
    }
}
