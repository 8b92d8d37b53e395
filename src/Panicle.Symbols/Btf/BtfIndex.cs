namespace Panicle.Symbols.Btf;

/// <summary>Where each type's record starts: one pass over the type section, which has no index of its own.</summary>
internal static class BtfIndex
{
    private const int AverageRecord = 24;

    /// <summary>
    /// The offsets of all records in the type section, the first type's first. Ends early at a record that runs past the end or
    /// is of a kind whose length isn't known; <paramref name="problem"/> then says so.
    /// </summary>
    public static int[] Build(ReadOnlySpan<byte> types, ReadOnlySpan<byte> layout, out string? problem)
    {
        var offsets = new int[Math.Max(16, types.Length / AverageRecord)];
        int count = 0, position = 0;
        problem = null;
        while (position <= types.Length - BtfRecord.Bytes)
        {
            var length = LengthOf(BtfRecord.Read(types[position..]), layout);
            if (length < 0 || length > types.Length - position)
            {
                problem = $"BTF breaks off at type {count + 1}: a record of unknown length or past the end";
                break;
            }
            if (count == offsets.Length)
                Array.Resize(ref offsets, offsets.Length * 2);
            offsets[count++] = position;
            position += (int)length;
        }
        Array.Resize(ref offsets, count);
        return offsets;
    }

    private static long LengthOf(in BtfRecord record, ReadOnlySpan<byte> layout)
    {
        long count = record.Count;
        return BtfRecord.Bytes + record.Kind switch
        {
            BtfKind.Int or BtfKind.Variable or BtfKind.DeclTag => 4,
            BtfKind.Array => 12,
            BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => 12 * count,
            BtfKind.Enum or BtfKind.Prototype => 8 * count,
            >= BtfKind.Pointer and <= BtfKind.TypeTag => 0,
            _ => ByLayout((int)record.Kind, count, layout),
        };
    }

    /// <summary>
    /// Kinds newer than this program: since 7.1 BTF brings a table of each kind's lengths (<c>struct btf_layout</c>).
    /// </summary>
    private static long ByLayout(int kind, long count, ReadOnlySpan<byte> layout)
    {
        const int entryBytes = 4;
        var at = kind * entryBytes;
        if (kind == 0 || at + entryBytes > layout.Length)
            return -BtfRecord.Bytes - 1;
        return layout[at] + (count * layout[at + 1]);
    }
}
