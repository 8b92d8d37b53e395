namespace Panicle.Dumps.Sources;

/// <summary>A piece of the rearranged file and where its bytes lie in the flattened one.</summary>
/// <param name="Offset">First byte in the rearranged file.</param>
/// <param name="Size">Bytes; above zero.</param>
/// <param name="Position">Where they lie in the flattened file.</param>
internal readonly record struct FlattenedRecord(long Offset, long Size, long Position)
{
    /// <summary>One past the last byte in the rearranged file.</summary>
    public long End => Offset + Size;

    /// <summary>
    /// Makes records that were written out of order into ascending pieces without overlap; where several cover a byte,
    /// the last written (the one with the highest position) stays.
    /// </summary>
    public static List<FlattenedRecord> KeepLatest(List<FlattenedRecord> records)
    {
        records.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        return Overlap(records) ? Sweep(records) : records;
    }

    private static bool Overlap(List<FlattenedRecord> byStart)
    {
        for (var i = 1; i < byStart.Count; i++)
        {
            if (byStart[i].Offset < byStart[i - 1].End)
                return true;
        }
        return false;
    }

    private static List<FlattenedRecord> Sweep(List<FlattenedRecord> byStart)
    {
        var pieces = new List<FlattenedRecord>(byStart.Count);
        // A sweep from low to high offsets; the heap holds the records that have begun, the latest written on top.
        var open = new PriorityQueue<FlattenedRecord, long>();
        var next = 0;
        long at = 0;
        while (next < byStart.Count || open.Count > 0)
        {
            while (open.TryPeek(out var stale, out _) && stale.End <= at)
                open.Dequeue();
            if (open.Count == 0)
            {
                if (next == byStart.Count)
                    break;
                at = Math.Max(at, byStart[next].Offset);
            }
            for (; next < byStart.Count && byStart[next].Offset <= at; next++)
                open.Enqueue(byStart[next], -byStart[next].Position);
            var top = open.Peek();
            if (top.End <= at)
                continue;
            var until = next < byStart.Count ? Math.Min(top.End, byStart[next].Offset) : top.End;
            Append(pieces, new FlattenedRecord(at, until - at, top.Position + (at - top.Offset)));
            at = until;
        }
        return pieces;
    }

    /// <summary>Adds a piece, joined to the last one where it only continues it.</summary>
    private static void Append(List<FlattenedRecord> pieces, FlattenedRecord piece)
    {
        if (pieces.Count > 0)
        {
            var last = pieces[^1];
            if (last.End == piece.Offset && last.Position + last.Size == piece.Position)
            {
                pieces[^1] = last with { Size = last.Size + piece.Size };
                return;
            }
        }
        pieces.Add(piece);
    }
}
