namespace Panicle.Kernel.Fs;

/// <summary>A file that a process has open.</summary>
/// <param name="Descriptor">The file descriptor.</param>
/// <param name="File">Address of the <c>struct file</c>.</param>
public sealed record OpenFile(int Descriptor, ulong File)
{
    /// <summary>Address of the <c>dentry</c>; null if the file can't be read.</summary>
    public ulong? Dentry { get; init; }

    /// <summary>Address of the <c>inode</c>; null if it can't be read.</summary>
    public ulong? Inode { get; init; }

    /// <summary>
    /// Address of the <c>address_space</c> that holds its cached pages (<c>f_mapping</c>); null if it can't be read.
    /// </summary>
    public ulong? Mapping { get; init; }

    /// <summary>How many pages of it are cached; null if that can't be read.</summary>
    public ulong? CachedPages { get; init; }

    /// <summary>What it is; null if that can't be read.</summary>
    public FileType? Type { get; init; }

    /// <summary>Its path or name as <c>/proc/PID/fd</c> shows it; null if that can't be read.</summary>
    public string? Path { get; init; }

    /// <summary>Where the next read or write is, in bytes; null if it can't be read.</summary>
    public long? Position { get; init; }

    /// <summary>O_* bits that open(2) was given and that last (<c>f_flags</c>); null if they can't be read.</summary>
    public uint? Flags { get; init; }

    /// <summary>Why some of it can't be read, as a clause; null if all could be.</summary>
    public string? WhyIncomplete { get; init; }
}
