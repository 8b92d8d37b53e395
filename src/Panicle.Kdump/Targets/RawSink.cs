using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Streams;

namespace Panicle.Kdump.Targets;

/// <summary>
/// Takes a crash's files onto a device without a file system (<see cref="RawLayout"/>). What was there is gone.
/// </summary>
internal sealed class RawSink : CrashSink
{
    private readonly SafeFileHandle _device;
    private readonly long _size;
    private readonly DateTime _time = DateTime.UtcNow;
    private readonly List<RawFile> _files = [];
    private long _next = RawLayout.BlockSize;

    private RawSink(SafeFileHandle device, long size, string description) =>
        (_device, _size, Description) = (device, size, description);

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override ulong? Free => (ulong)(_size - _next);

    /// <summary>Opens a device, or a file that stands for one.</summary>
    /// <exception cref="IOException">It can't be opened, or there is something on it.</exception>
    public static RawSink Open(string device, string description)
    {
        if (DeviceContent.Find(device) is { } content)
            throw new IOException($"{device} has {content} on it, which stays as it is");
        var handle = File.OpenHandle(device, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var size = (long?)BlockDevices.SizeOf(SystemRoot.Live, device) ?? RandomAccess.GetLength(handle);
        return new RawSink(handle, size, description);
    }

    /// <inheritdoc/>
    public override Stream Create(string name, long? length = null)
    {
        _files.Add(new RawFile(name, _next, 0, false));
        WriteHeader();
        return new Area(this, _files.Count - 1);
    }

    /// <inheritdoc/>
    public override void Finish(string name, Stream stream)
    {
        var area = (Area)stream;
        area.Flush();
        _files[area.Index] = _files[area.Index] with { Length = area.Written, IsComplete = true };
        _next = (_files[area.Index].Offset + area.Written + RawLayout.BlockSize - 1) / RawLayout.BlockSize * RawLayout.BlockSize;
        WriteHeader();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _device.Dispose();
    }

    private void WriteHeader()
    {
        RandomAccess.FlushToDisk(_device); // The header mustn't promise what isn't there.
        RandomAccess.Write(_device, RawLayout.Write(_files, _time), 0);
        RandomAccess.FlushToDisk(_device);
    }

    private void Note(int index, long written)
    {
        _files[index] = _files[index] with { Length = written };
        WriteHeader();
    }

    private sealed class Area(RawSink sink, int index) : WriteOnlyStream
    {
        private const int BufferSize = 1 << 20;
        private const long NotedEvery = 64 << 20; // So that a header of a dump that was cut off knows nearly all of it.

        private readonly byte[] _buffer = new byte[BufferSize];
        private int _filled;

        public int Index => index;

        public long Written { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                var count = Math.Min(buffer.Length, BufferSize - _filled);
                buffer[..count].CopyTo(_buffer.AsSpan(_filled));
                _filled += count;
                buffer = buffer[count..];
                if (_filled == BufferSize)
                    Flush();
            }
        }

        public override void Flush()
        {
            if (_filled == 0)
                return;
            var at = sink._files[index].Offset + Written;
            if (at + _filled > sink._size)
                throw new IOException($"{sink.Description} is full ({sink._size >> 20} MB)");
            RandomAccess.Write(sink._device, _buffer.AsSpan(0, _filled), at);
            var before = Written;
            Written += _filled;
            _filled = 0;
            if (before / NotedEvery != Written / NotedEvery)
                sink.Note(index, Written);
        }
    }
}
