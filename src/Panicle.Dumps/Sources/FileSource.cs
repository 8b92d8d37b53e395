using Microsoft.Win32.SafeHandles;
using Panicle.Dumps.Writing;

namespace Panicle.Dumps.Sources;

/// <summary>
/// A file read with pread(2). Not mapped, on purpose: a mapped file that shrinks, or that lies on a network file
/// system or a failing disk, kills the process with SIGBUS at the next access; pread reports the same as a short read
/// or an error, for one page. It costs less than a microsecond for a page that the system has cached, against three and more
/// for decoding one, and works for /proc/kcore and block devices too, which can't be mapped. /proc/vmcore is the one exception
/// (<see cref="MappedVmcore"/>).
/// </summary>
internal sealed class FileSource : ByteSource
{
    private readonly SafeFileHandle _handle;
    private volatile string? _lastError;

    private FileSource(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    /// <summary>The open file, for those who map it.</summary>
    public SafeFileHandle Handle => _handle;

    public override string Path { get; }

    public override long Length { get; }

    public override string? LastError => _lastError;

    /// <summary>
    /// Whether the file shows memory that changes while it is read: anything under /proc but the crashed kernel's memory.
    /// </summary>
    public bool IsLive { get; private init; }

    /// <summary>Whether it is the memory of the kernel that crashed, as the kernel that kdump has started shows it.</summary>
    public bool IsVmcore { get; private init; }

    /// <summary>Opens a file, a block device or a file under /proc.</summary>
    /// <exception cref="DumpException">It can't be opened, or isn't something that can be read at any offset.</exception>
    public static FileSource Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new DumpException("The name of the dump file is empty or not a file name.");
        if (Directory.Exists(path))
            throw new DumpException(
                $"{path} is a directory, not a dump; name the dump file in it (often called vmcore or dump.*).");
        var handle = OpenHandle(path);
        try
        {
            var full = System.IO.Path.GetFullPath(path);
            var vmcore = full == "/proc/vmcore";
            var live = full.StartsWith("/proc/", StringComparison.Ordinal) && !vmcore;
            return new FileSource(
                path, handle, live ? long.MaxValue : FindLength(path, handle))
            { IsLive = live, IsVmcore = vmcore };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override int Read(long offset, Span<byte> buffer)
    {
        var done = 0;
        try
        {
            while (done < buffer.Length)
            {
                var count = RandomAccess.Read(_handle, buffer[done..], offset + done);
                if (count == 0)
                    break;
                done += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _lastError = error.Message;
        }
        return done;
    }

    public override (long Start, long End)? NextData(long offset) =>
        IsLive || IsVmcore ? base.NextData(offset) : FileSpace.NextData(_handle, offset, Length);

    protected override void Dispose(bool disposing) => _handle.Dispose();

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            // Sharing everything: no lock is taken on a dump that is still being copied or written.
            return File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DumpException($"{path}: there is no such file.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DumpException($"{path}: no permission to read it; dumps usually belong to root, so try with sudo.", error);
        }
        catch (IOException error)
        {
            throw new DumpException($"{path} can't be opened: {error.Message}", error);
        }
    }

    private static long FindLength(string path, SafeFileHandle handle)
    {
        try
        {
            var length = RandomAccess.GetLength(handle);
            return length != 0 ? length : DeviceLength(handle);
        }
        catch (NotSupportedException error)
        {
            throw new DumpException(
                $"{path} is a pipe or a terminal, which can't be read at any offset; save the dump to a file first.", error);
        }
        catch (IOException error)
        {
            throw new DumpException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <summary>A block device reports length 0: find the last byte that can be read by doubling, then by halving.</summary>
    private static long DeviceLength(SafeFileHandle handle)
    {
        Span<byte> one = stackalloc byte[1];
        long readable = 0, step = 1;
        while (step < long.MaxValue / 4 && RandomAccess.Read(handle, one, readable + step - 1) == 1)
        {
            readable += step;
            step *= 2;
        }
        for (; step > 0; step /= 2)
        {
            if (RandomAccess.Read(handle, one, readable + step - 1) == 1)
                readable += step;
        }
        return readable;
    }
}
