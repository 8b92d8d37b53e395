namespace Panicle.Dumps.Elf;

/// <summary>A range of physical memory and where its bytes lie in the file.</summary>
/// <param name="Start">First physical address.</param>
/// <param name="End">One past the last.</param>
/// <param name="Offset">File offset of the first byte; meaningless where nothing is stored.</param>
internal readonly record struct ElfSegment(ulong Start, ulong End, long Offset)
{
    /// <summary>
    /// Makes ranges that overlap (a vmcore names the kernel image twice: as itself, and within its memory) into ascending
    /// ones that don't; where two cover a byte, the one that starts earlier keeps it.
    /// </summary>
    public static ElfSegment[] Disjoin(List<ElfSegment> segments)
    {
        segments.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        var result = new List<ElfSegment>(segments.Count);
        ulong covered = 0;
        foreach (var segment in segments)
        {
            var start = Math.Max(segment.Start, covered);
            if (start >= segment.End)
                continue;
            result.Add(new ElfSegment(start, segment.End, segment.Offset + (long)(start - segment.Start)));
            covered = segment.End;
        }
        return result.ToArray();
    }

    /// <summary>Index of the first range that ends after the address.</summary>
    public static int Find(ElfSegment[] segments, ulong address)
    {
        int low = 0, high = segments.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (segments[middle].End <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
