namespace Panicle.Kdump.Targets;

/// <summary>A <see cref="DirectorySink"/> on a file system that was mounted for it, and is unmounted when it is done.</summary>
internal sealed class MountedSink : DirectorySink
{
    private const int Detach = 2; // MNT_DETACH

    private static int _mounts;

    private readonly string _mountPoint;

    private MountedSink(string mountPoint, string target, CrashNames names, string description, bool isAgain)
        : base(target, names, description, isAgain) => _mountPoint = mountPoint;

    /// <summary>Mounts a file system and makes the crash's directory on it.</summary>
    /// <param name="source">The device, or <c>server:/export</c>.</param>
    /// <param name="type">The file system's type.</param>
    /// <param name="options">The mount's data (mount(2)).</param>
    /// <param name="path">The target's directory inside it.</param>
    /// <param name="names">The crash's names.</param>
    /// <param name="description">The place, for people.</param>
    /// <param name="isAgain">Whether an earlier attempt at the same crash may have left its directory.</param>
    /// <exception cref="IOException">It can't be mounted or written.</exception>
    public static MountedSink Mount(
        string source, string type, string? options, string path, CrashNames names, string description, bool isAgain)
    {
        // One of its own for each: an attempt that was given up and wakes later must not unmount what another one writes to.
        var mountPoint = $"/mnt/{Interlocked.Increment(ref _mounts)}";
        Directory.CreateDirectory(mountPoint);
        if (Native.Mount(source, mountPoint, type, 0, options) != 0)
            throw new IOException($"{source} can't be mounted as {type}: {Native.LastError}");
        try
        {
            return new MountedSink(mountPoint, Path.Combine(mountPoint, path.TrimStart('/')), names, description, isAgain);
        }
        catch
        {
            _ = Native.Unmount(mountPoint, Detach);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Native.Unmount(_mountPoint, 0) != 0)
            _ = Native.Unmount(_mountPoint, Detach);
    }
}
