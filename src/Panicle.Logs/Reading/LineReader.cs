using System.Text;

namespace Panicle.Logs.Reading;

/// <summary>
/// Reads a text's lines in constant memory. While <see cref="SkipsQuiet"/> is set, blocks without any of the words that
/// <see cref="GateSearch"/> looks for are passed over with vector instructions and only their lines counted.
/// </summary>
internal sealed class LineReader(Stream stream)
{
    private const int BlockSize = 1 << 20;

    // What follows on a longer line is dropped: nothing that a kernel prints is longer than a printk record's 1 KiB or so.
    private const int LongestLine = 16 << 10;

    private readonly byte[] _bytes = new byte[BlockSize];
    private readonly char[] _chars = new char[BlockSize];
    private readonly GateSearch _gates = new();
    private int _start;
    private int _end;
    private int _searched;
    private long _number;
    private bool _atEnd;

    /// <summary>Whether lines that no rule can match may be left out.</summary>
    public bool SkipsQuiet { get; set; } = true;

    /// <summary>How many lines were read or passed over.</summary>
    public long Lines => _number;

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
        number = _number;
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
        return last < 0 ? _start : _start + last + 1;
    }

    private void SkipTo(int position)
    {
        _number += _bytes.AsSpan(_start, position - _start).Count((byte)'\n');
        _start = position;
    }

    private bool TryTake(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var length = _bytes.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0 || (_atEnd && _end > _start))
            {
                var whole = length >= 0 ? length : _end - _start;
                line = _bytes.AsSpan(_start, Math.Min(whole, LongestLine));
                _start += length >= 0 ? whole + 1 : whole;
                _number++;
                return true;
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

    // Reads more behind what is left. False at the end of the text, and where it is damaged: the lines before it count.
    private bool Fill()
    {
        if (_atEnd)
            return false;
        if (_end - _start == BlockSize)
            _end = _start + LongestLine; // A line longer than the whole block: its middle is dropped.
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end, _searched) = (0, _end - _start, 0);
        var read = Read(_bytes.AsSpan(_end));
        _end += read;
        _atEnd = read == 0;
        return !_atEnd;
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
