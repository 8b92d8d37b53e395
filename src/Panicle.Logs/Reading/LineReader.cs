using System.Text;

namespace Panicle.Logs.Reading;

/// <summary>
/// Reads a text's lines in constant memory. While <see cref="SkipsQuiet"/> is set, blocks without any of the words that
/// <see cref="GateSearch"/> looks for are passed over with vector instructions and only their lines counted.
/// </summary>
internal sealed class LineReader(Stream stream)
{
    private const int BlockSize = 1 << 20;

    // A longer line comes in pieces: it is many, whose ends were lost. Nothing that a kernel prints is longer than 1 KiB or so.
    private const int LongestLine = 16 << 10;

    // Of a line that never ends so many pieces are read.
    private const int MostPieces = 1024;

    // Before a word that is searched for there may be so much of its message.
    private const int MostBefore = 512;

    // What a web page puts between words that are not to be parted.
    private static ReadOnlySpan<byte> WideBlank => [0xc2, 0xa0];

    private readonly byte[] _bytes = new byte[BlockSize];
    private readonly char[] _chars = new char[BlockSize];
    private readonly GateSearch _gates = new();
    private int _start;
    private int _end;
    private int _searched;
    private long _number;
    private bool _atEnd;
    private bool _isPiece;
    private int _pieces;

    /// <summary>Whether lines that no rule can match may be left out.</summary>
    public bool SkipsQuiet { get; set; } = true;

    /// <summary>How many lines were read or passed over.</summary>
    public long Lines => _number;

    /// <summary>Whether the end of a line that is far too long was left out.</summary>
    public bool HasLeftOut { get; private set; }

    /// <summary>Why the text ended before its end, if it did: what it was packed with is damaged there.</summary>
    public string? Damage { get; private set; }

    /// <summary>The next line's bytes as text, without its end; false after the last one.</summary>
    public bool TryRead(out string line, out long number)
    {
        if (SkipsQuiet)
            PassOver();
        if (!TryTake(out var bytes))
        {
            (line, number) = ("", _number);
            return false;
        }
        line = Encoding.UTF8.GetString(bytes);
        number = _isPiece ? _number + 1 : _number;
        return true;
    }

    // Moves to the line of the next gate word.
    private void PassOver()
    {
        while (true)
        {
            if (_searched <= _start)
            {
                // Latin-1 keeps each byte one character, which is all that the search for ASCII words needs.
                Encoding.Latin1.GetChars(_bytes.AsSpan(_start, _end - _start), _chars.AsSpan(_start));
                _searched = _end;
                _gates.Begin(_chars.AsMemory(0, _searched), _start);
            }
            var found = _gates.Next(_chars.AsSpan(0, _searched), _start);
            SkipTo(LineStart(found));
            if (found < _searched)
                return;
            if (!Fill())
                return;
            _searched = _start;
        }
    }

    private int LineStart(int at)
    {
        var last = _bytes.AsSpan(_start, at - _start).LastIndexOf((byte)'\n');
        var start = last < 0 ? _start : _start + last + 1;
        return at - start <= LongestLine ? start : at - MostBefore;
    }

    private void SkipTo(int position)
    {
        _number += _bytes.AsSpan(_start, position - _start).Count((byte)'\n');
        _start = position;
    }

    private bool TryTake(out ReadOnlySpan<byte> line)
    {
        _isPiece = false;
        while (true)
        {
            var length = _bytes.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0 || (_atEnd && _end > _start))
            {
                var whole = length >= 0 ? length : _end - _start;
                if (whole > LongestLine && _pieces < MostPieces)
                {
                    line = TakePiece();
                    return true;
                }
                HasLeftOut |= whole > LongestLine;
                line = _bytes.AsSpan(_start, Math.Min(whole, LongestLine));
                _pieces = 0;
                _start += length >= 0 ? whole + 1 : whole;
                _number++;
                return true;
            }
            if (_end - _start > LongestLine && _pieces < MostPieces)
            {
                line = TakePiece();
                return true;
            }
            if (_end - _start > LongestLine)
            {
                HasLeftOut = true;
                _start = _end;
            }
            if (!Fill())
            {
                if (_end > _start)
                    continue;
                line = default;
                return false;
            }
        }
    }

    // The beginning of a line that is too long, up to a time stamp or a blank; it counts with the line's last piece.
    private ReadOnlySpan<byte> TakePiece()
    {
        var piece = _bytes.AsSpan(_start, LongestLine);
        var end = piece[MostBefore..].LastIndexOf((byte)'[') is >= 0 and var stamp && stamp > LongestLine / 2
            ? stamp + MostBefore
            : piece.LastIndexOf((byte)' ') is > MostBefore and var blank ? blank : LongestLine;
        _start += end;
        _isPiece = true;
        _pieces++;
        return piece[..end];
    }

    // Reads more behind what is left. False at the end of the text, and where it is damaged: the lines before it count.
    private bool Fill()
    {
        if (_atEnd)
            return false;
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end, _searched) = (0, _end - _start, 0);
        var read = Read(_bytes.AsSpan(_end));
        _atEnd = read == 0;
        _end = WithoutWideBlanks(Math.Max(_end - 1, 0), _end + read);
        return !_atEnd;
    }

    // Blanks that don't break are blanks, for the words that are searched for, too. Returns where the bytes end then.
    private int WithoutWideBlanks(int start, int end)
    {
        var text = _bytes.AsSpan(start, end - start);
        if (text.IndexOf(WideBlank[0]) is not (>= 0 and var at))
            return end;
        var to = at;
        while (at < text.Length)
        {
            var next = text[at..].IndexOf(WideBlank);
            var length = next < 0 ? text.Length - at : next;
            text.Slice(at, length).CopyTo(text[to..]);
            (at, to) = (at + length, to + length);
            if (next >= 0)
                (text[to], at, to) = ((byte)' ', at + WideBlank.Length, to + 1);
        }
        return start + to;
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (InvalidDataException e) when (_number > 0 || _end > 0)
        {
            Damage = e.Message;
            return 0;
        }
    }
}
