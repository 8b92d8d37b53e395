namespace Panicle.Dumps;

/// <summary>What a dump file's own headers say; null where the format or this file doesn't say.</summary>
public sealed record DumpHeader
{
    /// <summary>
    /// The format in words: "kdump-compressed v6, zstd", "ELF vmcore", "flattened kdump-compressed v6", "QEMU ELF".
    /// </summary>
    public required string Format { get; init; }

    /// <summary>ELF machine number of the dump (62 = x86-64, 183 = AArch64, 243 = RISC-V), or 0 where it isn't known.</summary>
    public ushort Machine { get; init; }

    /// <summary>makedumpfile's dump level (bits: 1 zero, 2 cache, 4 private cache, 8 user, 16 free).</summary>
    public int? FilterLevel { get; init; }

    /// <summary>Whether pages were left out, as far as the headers tell.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Whether the file says, or its length shows, that writing it was not finished.</summary>
    public bool IsIncomplete { get; init; }

    /// <summary>When the dump header was written, in UTC.</summary>
    public DateTime? WrittenAt { get; init; }

    /// <summary>The kernel's utsname fields; an empty string where the header left one empty.</summary>
    public Utsname? Utsname { get; init; }

    /// <summary>Number of CPUs that the header names.</summary>
    public int? CpuCount { get; init; }

    /// <summary>
    /// Physical address at which the kernel image was loaded less its link address base (phys_base), modulo 2^64: negative where
    /// KASLR moved the image further up in virtual memory; if the header has it.
    /// </summary>
    public ulong? PhysicalBase { get; init; }

    /// <summary>
    /// Whether makedumpfile was told to erase some data (its "eraseinfo"); what was erased reads as its filler.
    /// </summary>
    public bool HasErasedData { get; init; }

    /// <summary>Whether this is the running machine's memory, which changes while it is read.</summary>
    public bool IsLive { get; init; }
}

/// <summary>The six fields of the kernel's <c>struct new_utsname</c>.</summary>
public sealed record Utsname(string System, string Node, string Release, string Version, string Machine, string Domain);
