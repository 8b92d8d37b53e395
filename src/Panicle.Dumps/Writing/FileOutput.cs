using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Files;

namespace Panicle.Dumps.Writing;

/// <summary>
/// A dump that is written to a file, under the name with <c>-incomplete</c> behind it until it is whole and on the disk. A block
/// device is written in place. Files are readable by their owner only.
/// </summary>
public sealed class FileOutput : IDumpOutput, IDisposable
{
    /// <summary>What a file's name ends with while it is being written.</summary>
    public const string IncompleteSuffix = "-incomplete";

    private const long FlushBytes = 8 << 20;

    private readonly string _path;
    private readonly string _writtenAs;
    private readonly SafeFileHandle _handle;
    private readonly bool _isForced;
    private readonly FileStream? _stream;
    private long _written;

    private FileOutput(string path, SafeFileHandle device)
    {
        _path = _writtenAs = path;
        _handle = device;
    }

    private FileOutput(string path, string writtenAs, FileStream stream, bool isForced)
    {
        _path = path;
        _writtenAs = writtenAs;
        _stream = stream; // Its position is never used: every write says where.
        _handle = stream.SafeFileHandle;
        _isForced = isForced;
    }

    /// <summary>The file as it is called now.</summary>
    public string CurrentPath => IsComplete ? _path : _writtenAs;

    /// <inheritdoc/>
    public bool IsSparse { get; private init; }

    /// <summary>Whether it has its final name.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Creates the file, or opens the device.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="isForced">
    /// Whether a file of that name, or of the name with <c>-incomplete</c> behind it, goes, and what is on the device.
    /// </param>
    /// <exception cref="DumpException">It can't be created, or is there already, or in use.</exception>
    public static FileOutput Create(string path, bool isForced = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (FileStatus.Of(path) is { Kind: FileKind.BlockDevice or FileKind.CharacterDevice })
            return new FileOutput(path, OutputDevice.Open(path, isForced)) { IsSparse = false };
        var writtenAs = path + IncompleteSuffix;
        try
        {
            var stream = OutputFile.Create(writtenAs, isForced, bufferSize: 0);
            return new FileOutput(path, writtenAs, stream, isForced) { IsSparse = true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DumpException($"{writtenAs} can't be created: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        FileLimit.Write(_handle, bytes, offset);
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
        Dispose();
        if (_writtenAs != _path)
        {
            File.Move(_writtenAs, _path, _isForced);
            FileSpace.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }
        IsComplete = true;
    }

    /// <summary>Closes the file; one that isn't complete stays under the name that says so.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _handle.Dispose();
    }

    private void Clear(long size)
    {
        var zeros = new byte[1 << 20];
        for (long at = 0; at < size; at += zeros.Length)
            Write(at, zeros.AsSpan(0, (int)Math.Min(zeros.Length, size - at)));
    }
}
