using Panicle.Formats.Streams;

namespace Panicle.Formats.Compression;

/// <summary>
/// A stream that decodes another one as it is read. Broken data is an <see cref="InvalidDataException"/>, after all that comes
/// before the damage.
/// </summary>
public abstract class DecoderStream(Stream source) : ReadOnlyStream
{
    private const int InputBytes = 1 << 17;

    private readonly byte[] _input = new byte[InputBytes];
    private int _start;
    private int _end;
    private bool _sourceEnded;
    private bool _ended;
    private string? _damage;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        while (!_ended && buffer.Length > 0)
        {
            if (_damage is not null)
                throw new InvalidDataException(_damage);
            if (_start == _end && !_sourceEnded)
                Fill();
            var step = Decode(_input.AsSpan(_start, _end - _start), buffer, _sourceEnded);
            _start += step.Consumed;
            _ended = step.IsEnd;
            _damage = step.Damage;
            if (step.Produced > 0)
                return step.Produced;
            if (!_ended && _sourceEnded && step.Consumed == 0)
                _damage ??= "the compressed data ends too early";
        }
        return 0;
    }

    /// <summary>Decodes as much as there is room for.</summary>
    /// <param name="input">What hasn't been consumed yet; empty only at the end.</param>
    /// <param name="output">Room for what comes out.</param>
    /// <param name="inputEnds">Whether nothing comes after this input.</param>
    protected abstract Step Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnds);

    /// <summary>Gives the decoder's memory back. Called once, whatever closes the stream how often.</summary>
    protected abstract void Free();

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            Free();
            source.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _start = 0;
        _end = source.Read(_input);
        _sourceEnded = _end == 0;
    }

    /// <summary>What one call of a decoder did.</summary>
    /// <param name="Consumed">How many bytes of the input it has taken.</param>
    /// <param name="Produced">How many plain bytes it has written.</param>
    /// <param name="IsEnd">Whether the data ends here as it should.</param>
    /// <param name="Damage">What is wrong with what comes next, as a sentence for a person, or null.</param>
    protected readonly record struct Step(int Consumed, int Produced, bool IsEnd, string? Damage = null);
}
