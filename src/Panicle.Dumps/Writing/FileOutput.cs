using Microsoft.Win32.SafeHandles;

namespace Panicle.Dumps.Writing;

/// <summary>
/// A dump that is written to a file, under the name with <c>-incomplete</c> behind it until it is whole and on the disk. A block
/// device is written in place.
/// </summary>
public sealed class FileOutput : IDumpOutput, IDisposable
{
    /// <summary>What a file's name ends with while it is being written.</summary>
    public const string IncompleteSuffix = "-incomplete";

    private const long FlushBytes = 8 << 20;

    private readonly string _path;
    private readonly string _writtenAs;
    private readonly SafeFileHandle _handle;
    private long _written;

    private FileOutput(string path, string writtenAs, SafeFileHandle handle)
    {
        _path = path;
        _writtenAs = writtenAs;
        _handle = handle;
    }

    /// <summary>The file as it is called now.</summary>
    public string CurrentPath => IsComplete ? _path : _writtenAs;

    /// <inheritdoc/>
    public bool IsSparse { get; private init; }

    /// <summary>Whether it has its final name.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>
    /// Creates the file; one of the same name with <c>-incomplete</c> behind it, left by an earlier attempt, is overwritten.
    /// </summary>
    /// <exception cref="DumpException">It can't be created.</exception>
    public static FileOutput Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var inPlace = IsDevice(path);
        var writtenAs = inPlace ? path : path + IncompleteSuffix;
        try
        {
            var handle = File.OpenHandle(
                writtenAs, inPlace ? FileMode.Open : FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
            return new FileOutput(path, writtenAs, handle) { IsSparse = !inPlace };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DumpException($"{writtenAs} can't be created: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, offset);
        // The disk works while pages are compressed, and a power cut loses less.
        var before = _written;
        _written += bytes.Length;
        if (before / FlushBytes != _written / FlushBytes)
            FileSpace.BeginFlush(_handle);
    }

    /// <inheritdoc/>
    public void Reserve(long size)
    {
        if (IsSparse)
            FileSpace.Reserve(_handle, size);
        else
            Clear(size);
    }

    /// <inheritdoc/>
    public void Complete()
    {
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        if (_writtenAs != _path)
        {
            File.Move(_writtenAs, _path, overwrite: true);
            FileSpace.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }
        IsComplete = true;
    }

    /// <summary>Closes the file; one that isn't complete stays under the name that says so.</summary>
    public void Dispose() => _handle.Dispose();

    private static bool IsDevice(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal)
            && File.Exists(full);
    }

    private void Clear(long size)
    {
        var zeros = new byte[1 << 20];
        for (long at = 0; at < size; at += zeros.Length)
            Write(at, zeros.AsSpan(0, (int)Math.Min(zeros.Length, size - at)));
    }
}
