using Panicle.Formats.Streams;

namespace Panicle.Kdump.Targets;

/// <summary>A stream that only counts.</summary>
internal sealed class CountingStream : WriteOnlyStream
{
    public long Written { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer) => Written += buffer.Length;
}
