using System.Runtime.InteropServices;

namespace Panicle.Formats.Streams;

/// <summary>
/// What the kernel is told about mapped memory (madvise(2)); where it doesn't know the advice, nothing happens.
/// </summary>
public static unsafe partial class MemoryAdvice
{
    /// <summary>MADV_DONTNEED: the pages may go; of a mapped file they come back unchanged.</summary>
    public const int DontNeed = 4;

    /// <summary>MADV_POPULATE_READ (Linux 5.14): the pages are wanted now.</summary>
    public const int PopulateRead = 22;

    private static readonly nuint PageMask = (nuint)Environment.SystemPageSize - 1;

    /// <summary>Advises on the whole pages that the bytes, which must be of a mapped file, touch.</summary>
    public static void Give(ReadOnlySpan<byte> mapped, int advice)
    {
        fixed (byte* first = mapped)
        {
            var start = (nuint)first & ~PageMask;
            _ = madvise(start, ((nuint)first + (nuint)mapped.Length - start + PageMask) & ~PageMask, advice);
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nuint address, nuint length, int advice);
}
