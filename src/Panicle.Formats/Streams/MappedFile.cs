using System.IO.MemoryMappedFiles;

namespace Panicle.Formats.Streams;

/// <summary>
/// A file mapped into memory: its bytes are read from the page cache when they are touched and cost no copy. Spans of it must not
/// outlive it. Thread-safe.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        _file = file;
        _view = view;
        Length = length;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += view.PointerOffset;
    }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file, which must not be empty.</summary>
    /// <exception cref="IOException">The file can't be opened or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static MappedFile Open(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var length = stream.Length;
        if (length == 0)
            throw new IOException($"{path} is empty");
        var file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new MappedFile(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), length);
    }

    /// <summary>Whether the file has all of these bytes, and a span can hold them.</summary>
    public bool Has(ulong offset, ulong size) =>
        size <= int.MaxValue && offset <= (ulong)Length && size <= (ulong)Length - offset;

    /// <summary>A part of the file that it <see cref="Has"/>.</summary>
    public ReadOnlySpan<byte> Slice(ulong offset, ulong size)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (!Has(offset, size))
            throw new ArgumentOutOfRangeException(nameof(size));
        return new ReadOnlySpan<byte>(_start + offset, (int)size);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
