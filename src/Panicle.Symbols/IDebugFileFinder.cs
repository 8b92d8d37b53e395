namespace Panicle.Symbols;

/// <summary>A kernel or one of its modules, as far as it is known when its files are wanted.</summary>
/// <param name="Name"><c>vmlinux</c> for the kernel itself, else the module's name with underscores.</param>
/// <param name="BuildId">Its build ID in lower-case hex; null where neither the dump nor the log tells.</param>
/// <param name="Release">The kernel's release as <c>uname -r</c> prints it; null where unknown.</param>
public sealed record KernelBinary(string Name, string? BuildId, string? Release)
{
    /// <summary>The name that the kernel itself goes by.</summary>
    public const string Vmlinux = "vmlinux";

    /// <summary>False for the kernel itself, whose name is "vmlinux".</summary>
    public bool IsModule => Name != Vmlinux;
}

/// <summary>
/// Finds the files that belong to a kernel and its modules: the one place that decides which file is used, wherever it lies.
/// Every file that it returns is of the build that was asked for, as far as build IDs tell. Answers are remembered. Thread-safe.
/// </summary>
public interface IDebugFileFinder
{
    /// <summary>
    /// The path of an ELF file with the DWARF of a binary (a vmlinux, a <c>.ko</c>, a separate <c>.debug</c> file), or null.
    /// </summary>
    string? FindDebugInfo(KernelBinary binary);

    /// <summary>The path of an ELF file with the code of a binary, or null.</summary>
    string? FindExecutable(KernelBinary binary);

    /// <summary>The path of a source file, named as the DWARF of a binary names it (absolute), or null.</summary>
    string? FindSource(KernelBinary binary, string path);
}
