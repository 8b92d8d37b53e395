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

    private KallsymsNames(byte[] data, int[] markers, int count, KallsymsTokens tokens)
    {
        _data = data;
        _markers = markers;
        Count = count;
        _tokens = tokens;
    }

    /// <summary>How many names can be reached.</summary>
    public int Count { get; }

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
                return new KallsymsNames(data, markers, i, tokens);
            position = start + length;
        }
        return new KallsymsNames(data, markers, count, tokens);
    }

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

    /// <summary>The codes of one name.</summary>
    public ReadOnlySpan<byte> CodesOf(int index)
    {
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

    /// <summary>The name at a position of the stream, which moves on to the next name.</summary>
    public string DecodeNext(ref int position, out char type)
    {
        var (start, length) = Encoded(_data, position);
        position = start + length;
        return Decode(_data.AsSpan(start, length), out type);
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

    /// <summary>Goes through all the codes in table order, without the cost of finding each name anew.</summary>
    public Enumerator GetEnumerator() => new(this);

    public ref struct Enumerator(KallsymsNames names)
    {
        private readonly byte[] _data = names._data;
        private readonly int _count = names.Count;
        private int _next;

        public int Index { get; private set; } = -1;

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (++Index >= _count)
                return false;
            var (start, length) = Encoded(_data, _next);
            Current = _data.AsSpan(start, length);
            _next = start + length;
            return true;
        }
    }
}
