namespace Panicle.Kernel.Fs;

/// <summary>The kernel's files and file systems (fs/). Each part is read on first use and fails alone.</summary>
public sealed class KernelFs
{
    private readonly Part<PathResolver> _paths;
    private readonly Part<OpenFiles> _files;

    internal KernelFs(KernelDump kernel)
    {
        _paths = new("how paths are put together", () => new PathResolver(kernel));
        _files = new("where open files lie", () => new OpenFiles(kernel));
        Mounts = new Mounts(kernel);
    }

    /// <summary>Spells out the paths of files as their task sees them.</summary>
    public PathResolver Paths => _paths.Value;

    /// <summary>The open files of tasks: <c>struct files_struct</c> (include/linux/fdtable.h).</summary>
    public OpenFiles Files => _files.Value;

    /// <summary>What is mounted, in each namespace of mounts: <c>struct mount</c> (fs/mount.h).</summary>
    public Mounts Mounts { get; }
}
