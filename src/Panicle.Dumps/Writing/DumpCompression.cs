namespace Panicle.Dumps.Writing;

/// <summary>How the pages of a written dump are stored; the values are the flags of a kdump file's page descriptors.</summary>
public enum DumpCompression : uint
{
    /// <summary>Pages are stored as they are.</summary>
    None = 0,

    /// <summary>zlib (RFC 1950): slow, and known to every reader.</summary>
    Zlib = 0x1,

    /// <summary>LZO1X, the fastest that every reader knows.</summary>
    Lzo = 0x2,

    /// <summary>Snappy's raw format (format_description.txt of its sources), without the framing of files.</summary>
    Snappy = 0x4,

    /// <summary>Zstandard (RFC 8878): small and fast, and the last that makedumpfile and crash learnt to read.</summary>
    Zstd = 0x20,
}
