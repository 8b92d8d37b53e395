namespace Panicle.Debuginfo.Store;

/// <summary>What adding files did.</summary>
public sealed record AddResult
{
    /// <summary>Files with DWARF that were added.</summary>
    public int Debuginfo { get; set; }

    /// <summary>Kernels and modules without DWARF that were added.</summary>
    public int Executables { get; set; }

    /// <summary>Files that the store had already.</summary>
    public int Known { get; set; }

    /// <summary>Files that were left out: without a build ID, without DWARF, or of no use for analysis.</summary>
    public int LeftOut { get; set; }

    /// <summary>Size in bytes of what was added, as it was.</summary>
    public long Original { get; set; }

    /// <summary>The bytes that it takes now.</summary>
    public long Stored { get; set; }

    /// <summary>The releases of the kernels that something was added for.</summary>
    public SortedSet<string> Releases { get; } = new(StringComparer.Ordinal);

    /// <summary>What could not be read, and why.</summary>
    public List<string> Problems { get; } = [];
}
