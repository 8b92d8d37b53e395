using Panicle.Formats.Streams;

namespace Panicle.Cli;

/// <summary>
/// Stands between a running command and the terminal. Once detached, the command's writes fail: a command that doesn't
/// react to Ctrl-C is left behind and can no longer write between the prompts.
/// </summary>
internal sealed class DetachableStream(Stream inner) : WriteOnlyStream
{
    private readonly Lock _lock = new();
    private bool _detached;

    /// <summary>Cuts the command off.</summary>
    public void Detach()
    {
        lock (_lock)
            _detached = true;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            if (_detached)
                throw new BrokenPipeException();
            inner.Write(buffer);
        }
    }
}
