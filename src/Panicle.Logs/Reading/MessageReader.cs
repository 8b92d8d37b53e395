using System.Text;
using Panicle.Logs.Reading.Carriers;

namespace Panicle.Logs.Reading;

/// <summary>
/// Reads what the kernel printed from a text, whatever carried it here, in constant memory. What changed its lines is told by its
/// first ones; what stands before each message, line by line.
/// </summary>
internal sealed class MessageReader
{
    private const int HeadBytes = 64 << 10;

    // Of a text that is newest first so much is turned around at once: an event is never so long.
    private const long MostTurned = 8 << 20;

    // A line with so many messages isn't two CPUs' that ran together.
    private const int ManyMessages = 6;

    private readonly LineReader _lines;
    private readonly List<Carrier> _carriers = [];
    private readonly Queue<LogLine> _ready = new();
    private readonly bool _isNewestFirst;
    private readonly bool _keepsQuiet;
    private long _glued;
    private bool _ended;

    /// <summary>Begins with a text.</summary>
    /// <param name="stream">The text.</param>
    public MessageReader(Stream stream)
    {
        (stream, var head) = LogInput.Peek(stream, HeadBytes);
        List<string> lines = [.. Encoding.UTF8.GetString(head).Split('\n')];
        if (head.Length == HeadBytes)
            lines.RemoveAt(lines.Count - 1); // It is cut.
        _lines = new LineReader(stream);
        if (QuotedPrintable.Of(lines) is { } mail)
            _carriers.Add(mail);
        else if (!LogRecords.Are(lines) && WrappedLines.Of(lines) is { } wrapped)
            _carriers.Add(wrapped);
        _isNewestFirst = NewestFirst.Is(lines);
        _keepsQuiet = _carriers.Count > 0 || _isNewestFirst || LogRecords.HaveManyLines(lines);
        _carriers.Add(new LogRecords());
        SkipsQuiet = true;
    }

    /// <summary>Whether lines that no rule can match may be left out.</summary>
    public bool SkipsQuiet
    {
        set => _lines.SkipsQuiet = value && !_keepsQuiet;
    }

    /// <summary>How many lines were read or passed over.</summary>
    public long Lines => _lines.Lines;

    /// <summary>What a reader has to know of how the text was read, as sentences.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (_isNewestFirst)
                yield return "the text is newest first: it was read from its end, and its lines are counted from there";
            if (_glued > 0)
                yield return (_glued == 1 ? "a line of the text holds" : $"{_glued} lines of the text hold")
                    + " many messages each: line ends were lost, and were put where the kernel's lines begin";
            if (_lines.HasLeftOut)
                yield return "a line of the text is longer than 16 MB: what follows in it was not read";
            if (_lines.Damage is { } why)
                yield return $"the text ends with line {Lines}: {why}";
        }
    }

    /// <summary>The next message; false after the last one.</summary>
    public bool TryRead(out LogLine line)
    {
        while (_ready.Count == 0)
        {
            if (_ended)
            {
                line = default;
                return false;
            }
            if (_isNewestFirst)
                FillTurned();
            else
                Fill(Ready);
        }
        line = _ready.Dequeue();
        return true;
    }

    private void Ready(IReadOnlyList<LogLine> messages)
    {
        foreach (var message in messages)
            _ready.Enqueue(message);
    }

    private void FillTurned()
    {
        var read = new List<IReadOnlyList<LogLine>>();
        long size = 0;
        while (!_ended && size < MostTurned)
        {
            Fill(messages =>
            {
                read.Add(messages);
                size += messages.Sum(message => (long)message.Text.Length);
            });
        }
        if (read.Count == 0)
            return;
        read.Reverse();
        var sum = read[0][0].Number + read[^1][0].Number;
        foreach (var messages in read)
            Ready([.. messages.Select(message => message with { Number = sum - message.Number })]);
    }

    private void Fill(Action<IReadOnlyList<LogLine>> take)
    {
        if (_lines.TryRead(out var text, out var number))
            Pass(new RawLine(text, number), 0, take);
        else
        {
            _ended = true;
            for (var i = 0; i < _carriers.Count; i++)
            {
                var after = i + 1;
                _carriers[i].End(line => Pass(line, after, take));
            }
        }
    }

    private void Pass(RawLine line, int carrier, Action<IReadOnlyList<LogLine>> take)
    {
        if (carrier < _carriers.Count)
        {
            _carriers[carrier].Add(line, next => Pass(next, carrier + 1, take));
            return;
        }
        var messages = LinePrefix.Split(line.Text, line.Number, line.Seconds);
        if (messages.Count > ManyMessages)
            _glued++;
        take(messages);
    }
}
