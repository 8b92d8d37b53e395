using Panicle.Dumps.Writing;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// The libraries that a panicle which isn't linked statically opens while it captures. They stand in no list of its own, and it
/// finds out that one is missing when it is too late.
/// </summary>
internal static class RunTimeLibraries
{
    /// <summary>Those that a capture with this compression opens, each with what wants it.</summary>
    public static IEnumerable<(string Library, string For)> Of(DumpCompression compression)
    {
        if (compression == DumpCompression.Zstd)
            yield return ("libzstd.so.1", "compress = zstd");
    }
}
