using System.Numerics;
using System.Runtime.InteropServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Keeps what finding an address's unit takes, in a file that is named by the build ID: a head of 32 bytes (magic with version,
/// the debug file's size, numbers of units and of stretches, checksum), the units, the stretches' first addresses, and their
/// units. With it a second start touches no unit but those that it shows. A file that doesn't fit is made again; one that can't
/// be written isn't kept, and small or damaged debug information isn't worth it.
/// </summary>
internal sealed class UnitStore(DwarfFile file, string? folder, long fileSize)
{
    private const ulong Magic = 0x3154494e554c4350; // "PCLUNIT1"
    private const int FewUnits = 32;
    private const int MaxEntries = 64 << 20;

    private readonly string? _path =
        folder is not null && file.Elf.BuildId is { Length: >= 8 } id ? Path.Combine(folder, $"{id}.units") : null;

    /// <summary>What was kept, or null.</summary>
    public (DwarfUnit[] Units, AddressRanges Ranges)? TryRead()
    {
        if (_path is null || !File.Exists(_path))
            return null;
        try
        {
            using var handle = File.OpenHandle(_path);
            var header = new Header[1];
            if (!TryRead(handle, header.AsSpan(), 0) || header[0] is not { Magic: Magic, Units: >= 0, Stretches: >= 0 } head
                || head.FileSize != fileSize || head.Units > MaxEntries || head.Stretches > MaxEntries)
                return null;
            long size = Marshal.SizeOf<Header>();
            long unitBytes = (long)head.Units * Marshal.SizeOf<StoredUnit>(), startBytes = (long)head.Stretches * sizeof(ulong);
            // Sizes are checked before anything is allocated.
            if (RandomAccess.GetLength(handle) != size + unitBytes + startBytes + (long)head.Stretches * sizeof(int))
                return null;
            var (units, starts, owners) = (new StoredUnit[head.Units], new ulong[head.Stretches], new int[head.Stretches]);
            if (!TryRead(handle, units.AsSpan(), size) || !TryRead(handle, starts.AsSpan(), size + unitBytes)
                || !TryRead(handle, owners.AsSpan(), size + unitBytes + startBytes)
                || head.Checksum != Checksum(units, starts, owners))
                return null;
            return UnitsOf(units) is { } made && AreSound(starts, owners, units.Length)
                ? (made, new AddressRanges(starts, owners))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the units and who owns which addresses.</summary>
    public void Write(IReadOnlyList<DwarfUnit> units, AddressRanges ranges)
    {
        if (_path is null || units.Count < FewUnits || units.Any(unit => unit.Problem is not null))
            return;
        var entries = units.Select(StoredUnit.Of).ToArray();
        Header[] header =
            [new(Magic, fileSize, entries.Length, ranges.Starts.Length, Checksum(entries, ranges.Starts, ranges.Units))];
        try
        {
            Directory.CreateDirectory(folder!);
            // Under its own name only once it is whole: others may be reading.
            var temporary = $"{_path}.{Environment.ProcessId}.tmp";
            using (var stream = File.Create(temporary))
            {
                stream.Write(MemoryMarshal.AsBytes(header.AsSpan()));
                stream.Write(MemoryMarshal.AsBytes(entries.AsSpan()));
                stream.Write(MemoryMarshal.AsBytes(ranges.Starts));
                stream.Write(MemoryMarshal.AsBytes(ranges.Units));
            }
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is made again next time.
        }
    }

    private static bool TryRead<T>(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<T> values, long offset)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        return RandomAccess.Read(handle, bytes, offset) == bytes.Length;
    }

    private DwarfUnit[]? UnitsOf(StoredUnit[] entries)
    {
        var units = new DwarfUnit[entries.Length];
        var end = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            ref readonly var entry = ref entries[i];
            if (entry.Offset < end || !entry.IsSound)
                return null;
            end = entry.End;
            units[i] = entry.ToUnit(file, i);
        }
        return units;
    }

    private static bool AreSound(ulong[] starts, int[] owners, int units)
    {
        for (var i = 0; i < starts.Length; i++)
            if (owners[i] < -1 || owners[i] >= units || (i > 0 && starts[i] <= starts[i - 1]))
                return false;
        return true;
    }

    private static ulong Checksum(ReadOnlySpan<StoredUnit> units, ReadOnlySpan<ulong> starts, ReadOnlySpan<int> owners)
    {
        var sum = NameStore.Checksum(MemoryMarshal.Cast<StoredUnit, ulong>(units)) ^ (NameStore.Checksum(starts) * 3);
        foreach (var owner in owners)
            sum = BitOperations.RotateLeft((sum ^ (uint)owner) * 0x9e3779b97f4a7c15, 31);
        return sum;
    }

    /// <summary>The head of the file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Header(ulong Magic, long FileSize, int Units, int Stretches, ulong Checksum);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct StoredUnit(
        int Offset, int End, int FirstDie, int TypeOffset, byte Version, byte OffsetSize, byte AddressSize, DwarfUnitKind Kind,
        int Reserved, ulong Abbreviations, ulong Signature)
    {
        public bool IsSound => Offset >= 0 && FirstDie >= Offset && End >= FirstDie && TypeOffset >= Offset && TypeOffset <= End
            && Version is >= 2 and <= 5 && OffsetSize is 4 or 8 && AddressSize is 4 or 8;

        public static StoredUnit Of(DwarfUnit unit) => new(
            unit.Offset, unit.End, unit.FirstDie, unit.TypeOffset, (byte)unit.Version, (byte)unit.OffsetSize,
            (byte)unit.AddressSize, unit.Kind, 0, unit.AbbreviationOffset, unit.Signature);

        public DwarfUnit ToUnit(DwarfFile file, int index) => new(file, file.Info, index, Offset)
        {
            End = End,
            FirstDie = FirstDie,
            TypeOffset = TypeOffset,
            Version = Version,
            OffsetSize = OffsetSize,
            AddressSize = AddressSize,
            Kind = Kind,
            AbbreviationOffset = Abbreviations,
            Signature = Signature,
        };
    }
}
