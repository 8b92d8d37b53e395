using System.Runtime.InteropServices;
using Panicle.Formats.Files;

namespace Panicle.Kdump.Targets;

/// <summary>Takes a crash's files into a directory of its own in a mounted file system.</summary>
internal class DirectorySink : CrashSink
{
    private const string Incomplete = "-incomplete";
    private const int BufferSize = 1 << 20;

    private readonly string _directory;

    /// <summary>The directory that crashes' directories are in.</summary>
    public string Target { get; }

    /// <summary>The name of the crash's own directory there.</summary>
    public string Name => Path.GetFileName(_directory);

    /// <summary>Makes the crash's directory.</summary>
    /// <param name="target">The target's directory; made if it isn't there.</param>
    /// <param name="names">
    /// The crash's names. If its directory is there already, the next free one of that name and a number is taken.
    /// </param>
    /// <param name="description">The place, for people.</param>
    /// <param name="isAgain">
    /// Whether an earlier attempt at the same crash may have made it: then it is <see cref="CrashNames.Taken"/>.
    /// </param>
    /// <exception cref="IOException">It can't be made.</exception>
    public DirectorySink(string target, CrashNames names, string description, bool isAgain = false)
    {
        Target = target;
        var own = isAgain ? names.Taken : null;
        _directory = Path.Combine(target, own ?? names.Directory);
        for (var i = 2; own is null && OutputFile.IsThere(_directory); i++)
            _directory = Path.Combine(target, $"{names.Directory}.{i}");
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        names.Taken = Name;
        Description = $"{description}, {Name}";
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override string? PathOf(string name) => Path.Combine(_directory, name);

    /// <inheritdoc/>
    public override ulong? Free => FreeIn(_directory);

    /// <summary>How many bytes there are free in a directory's file system, or null where it doesn't say.</summary>
    public static ulong? FreeIn(string directory)
    {
        try
        {
            return (ulong)new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override Stream Create(string name, long? length = null) =>
        OutputFile.Create(Path.Combine(_directory, IncompleteName(name)), isForced: true, BufferSize);

    /// <inheritdoc/>
    public override void Finish(string name, Stream stream)
    {
        if (stream is FileStream file)
            file.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(Path.Combine(_directory, IncompleteName(name)), Path.Combine(_directory, name), overwrite: true);
        Sync(_directory);
    }

    // Debian's dump.STAMP is called dump-incomplete meanwhile, RHEL's vmcore vmcore-incomplete.
    private static string IncompleteName(string name) =>
        (name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && name.StartsWith("dump.", StringComparison.Ordinal)
            ? name[..dot]
            : name) + Incomplete;

    // A new name is on the disk only once its directory is. Network file systems do that by themselves, and some refuse the call.
    private static void Sync(string directory)
    {
        var descriptor = Native.Open(directory, 0);
        var error = descriptor < 0 || Native.Fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error is Native.InputOutputError or Native.NoSpace or Native.QuotaExceeded)
            throw new IOException($"{directory} can't be put on the disk: {Marshal.GetPInvokeErrorMessage(error)}");
        _ = Native.Close(descriptor);
    }
}
