using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Orc;

/// <summary>
/// Tells the layout of ORC entries from the entries themselves. Version numbers would not do: vendors carry newer layouts
/// in older kernels. Nearly every entry describes an ordinary call frame relative to rsp, so that the commonest
/// combination of sp_reg and type names the register numbering and the width of the type.
/// </summary>
public static class OrcLayoutDetector
{
    private const int ChunkEntries = 1024;
    private const int Chunks = 16;
    private const int EnoughEntries = 64;

    /// <summary>Looks at samples spread over the kernel's table.</summary>
    /// <param name="memory">The kernel's virtual memory.</param>
    /// <param name="unwindTable">Where <c>.orc_unwind</c> lies.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    /// <returns>The layout, or null if the bytes fit none.</returns>
    public static OrcLayout? Detect(IMemory memory, AddressRange unwindTable, out string? why)
    {
        var tally = new Tally();
        var count = (long)(unwindTable.End > unwindTable.Start ? unwindTable.Length / OrcDecoder.EntrySize : 0);
        var stride = Math.Max(ChunkEntries, count / Chunks);
        var buffer = new byte[ChunkEntries * OrcDecoder.EntrySize];
        for (long first = 0; first < count; first += stride)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(ChunkEntries, count - first) * OrcDecoder.EntrySize);
            if (memory.TryRead(unwindTable.Start + (ulong)first * OrcDecoder.EntrySize, part, out _))
                tally.Add(part);
        }
        return Judge(tally, out why);
    }

    private static OrcLayout? Judge(Tally tally, out string? why)
    {
        why = null;
        if (tally.Total < EnoughEntries)
        {
            why = $"only {tally.Total} ORC entries can be read, too few to tell their layout";
            return null;
        }
        // The share that describes "call frame, relative to rsp" under each reading.
        var narrow = tally.Of(sp: 5, lowType: 0);
        var wide = tally.Of(sp: 5, lowType: 2);
        var renumbered = tally.Of(sp: 3, lowType: 2);
        var best = Math.Max(narrow, Math.Max(wide, renumbered));
        if (best * 3 < tally.Total)
        {
            why = "the ORC entries fit none of the known layouts (5.10 to 7.2)";
            return null;
        }
        if (best == renumbered)
            return OrcLayout.WideTypeRenumbered;
        if (best == wide)
            return OrcLayout.WideType;
        return tally.HasSignalBit ? OrcLayout.TypeSignalEnd : OrcLayout.TypeEnd;
    }

    private sealed class Tally
    {
        private readonly int[] _bySpAndType = new int[16 * 8];

        public int Total { get; private set; }

        /// <summary>
        /// With a narrow type, bit 3 is only ever set where the end bit has moved up, and bit 2 beside a defined sp is
        /// only ever the signal bit.
        /// </summary>
        public bool HasSignalBit { get; private set; }

        public int Of(int sp, int lowType) => _bySpAndType[sp * 8 + lowType];

        public void Add(ReadOnlySpan<byte> entries)
        {
            for (; entries.Length >= OrcDecoder.EntrySize; entries = entries[OrcDecoder.EntrySize..])
            {
                var bits = BinaryPrimitives.ReadUInt16LittleEndian(entries[4..]);
                int sp = bits & 15, upper = bits >> 8;
                _bySpAndType[sp * 8 + (upper & 7)]++;
                HasSignalBit |= (upper & 8) != 0 || ((upper & 4) != 0 && sp != 0);
                Total++;
            }
        }
    }
}
