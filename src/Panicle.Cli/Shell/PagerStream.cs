using Panicle.Formats.Streams;

namespace Panicle.Cli;

/// <summary>
/// Output to a terminal: as it is while it fits on the screen, through the pager from the moment it doesn't.
/// Nothing is shown before that is known, and no process is started for short output.
/// </summary>
internal sealed class PagerStream(Stream terminal, int width, int height, Func<Stream> startPager) : WriteOnlyStream
{
    private readonly MemoryStream _held = new();
    private int _rows;
    private int _column;
    private Stream? _pager;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_pager is null)
        {
            _held.Write(buffer);
            CountRows(buffer);
            if (_rows < height - 1)
                return;
            _pager = startPager();
            buffer = _held.GetBuffer().AsSpan(0, (int)_held.Length);
        }
        _pager.Write(buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_pager is not null)
                _pager.Dispose();
            else
                terminal.Write(_held.GetBuffer().AsSpan(0, (int)_held.Length));
            _held.Dispose();
        }
        base.Dispose(disposing);
    }

    // Bytes stand for columns here: a line with other letters may count as one row too many, which only starts the pager early.
    private void CountRows(ReadOnlySpan<byte> buffer)
    {
        foreach (var b in buffer)
        {
            if (b != '\n' && ++_column <= width)
                continue;
            _rows++;
            _column = b == '\n' ? 0 : 1;
        }
    }
}
