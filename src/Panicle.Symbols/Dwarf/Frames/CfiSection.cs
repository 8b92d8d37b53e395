using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The frame descriptions of <c>.debug_frame</c> (DWARF 5, 6.4.1) or <c>.eh_frame</c> (Linux Standard Base, 10.6), by address.
/// The list is read when it is made; instructions when an address is looked up.
/// What is damaged costs the description it is in. Thread-safe.
/// </summary>
internal sealed class CfiSection
{
    private const byte EncodingOmit = 0xff;
    private const byte EncodingRelative = 0x10;

    private readonly DwarfSection _section;
    private readonly bool _isEh;
    private readonly ulong _address;
    private readonly CfiEntry[] _entries;
    private readonly Dictionary<int, CfiCommon?> _common = [];

    /// <param name="section">The section.</param>
    /// <param name="isEh">Whether it is <c>.eh_frame</c>.</param>
    /// <param name="address">Where <c>.eh_frame</c> is in memory: its addresses are relative.</param>
    public CfiSection(DwarfSection section, bool isEh, ulong address)
    {
        _section = section;
        _isEh = isEh;
        _address = address;
        var entries = new List<CfiEntry>();
        try
        {
            var cursor = new ByteCursor(section, 0);
            while (!cursor.AtEnd && ReadEntry(ref cursor, entries))
            {
            }
        }
        catch (DwarfException)
        {
            // The lengths lead nowhere; what was read is good.
        }
        entries.Sort((a, b) => a.First.CompareTo(b.First));
        _entries = [.. entries];
    }

    /// <summary>The descriptions by address.</summary>
    public ReadOnlySpan<CfiEntry> Entries => _entries;

    /// <summary>The rules in force at an address; false if none is.</summary>
    /// <exception cref="DwarfException">The description is damaged.</exception>
    public bool TryFind(ulong address, out CfiRow row, out bool isSignal)
    {
        row = default;
        isSignal = false;
        var (low, high) = (0, _entries.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].First <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }
        if (high < 0 || address - _entries[high].First >= _entries[high].Length
            || CommonAt(_entries[high].Common) is not { } common)
            return false;
        isSignal = common.IsSignal;
        row = CfiProgram.Run(_section, common, _entries[high], address);
        return true;
    }

    private bool ReadEntry(ref ByteCursor cursor, List<CfiEntry> entries)
    {
        var start = cursor.Position;
        var length = cursor.ReadInitialLength(out var is64);
        if (length == 0)
            return !_isEh; // .eh_frame ends so
        if (length > (ulong)(cursor.End - cursor.Position))
            cursor.Fail(start, "a frame description that reaches beyond the section's end");
        var end = cursor.Position + (int)length;
        try
        {
            var entry = new ByteCursor(_section, cursor.Position, end);
            var idAt = entry.Position;
            var id = entry.ReadUnsigned(is64 && !_isEh ? 8 : 4);
            var isCommon = _isEh ? id == 0 : id == (is64 ? ulong.MaxValue : uint.MaxValue);
            if (!isCommon)
            {
                var commonAt = _isEh ? idAt - (long)id : (long)Math.Min(id, int.MaxValue);
                if (commonAt >= 0 && CommonAt((int)commonAt) is { } common)
                    entries.Add(ReadDescription(ref entry, common, (int)commonAt));
            }
        }
        catch (DwarfException)
        {
            // This one is lost.
        }
        cursor.Position = end;
        return true;
    }

    private CfiEntry ReadDescription(ref ByteCursor cursor, CfiCommon common, int commonAt)
    {
        var first = ReadAddress(ref cursor, common.PointerEncoding);
        var length = ReadAddress(ref cursor, (byte)(common.PointerEncoding & 0x0f));
        if (common.HasAugmentation)
            cursor.Skip(cursor.ReadUleb());
        return new CfiEntry(first, length, commonAt, cursor.Position, cursor.End);
    }

    private CfiCommon? CommonAt(int offset)
    {
        lock (_common)
        {
            if (_common.TryGetValue(offset, out var known))
                return known;
            CfiCommon? common;
            try
            {
                common = ReadCommon(offset);
            }
            catch (DwarfException)
            {
                common = null;
            }
            return _common[offset] = common;
        }
    }

    private CfiCommon? ReadCommon(int offset)
    {
        var head = new ByteCursor(_section, offset);
        var length = head.ReadInitialLength(out var is64);
        if (length > (ulong)(head.End - head.Position))
            return null;
        var cursor = new ByteCursor(_section, head.Position, head.Position + (int)length);
        var id = cursor.ReadUnsigned(is64 && !_isEh ? 8 : 4);
        if (_isEh ? id != 0 : id != (is64 ? ulong.MaxValue : uint.MaxValue))
            return null;
        var version = cursor.ReadByte();
        if (version is not (1 or 3 or 4))
            return null;
        var augmentation = Encoding.ASCII.GetString(cursor.ReadText());
        if (version >= 4 && (cursor.ReadByte() != 8 || cursor.ReadByte() != 0))
            return null; // not 64-bit, or with segments
        var code = cursor.ReadUleb();
        var data = cursor.ReadSleb();
        var returnAddress = version == 1 ? cursor.ReadByte() : (int)Math.Min(cursor.ReadUleb(), 255);
        byte encoding = 0;
        if (augmentation.Length > 0 && augmentation[0] != 'z')
            return null; // of a kind whose length isn't known
        if (augmentation.Length > 0)
        {
            var size = cursor.ReadUleb();
            var start = cursor.Position;
            foreach (var letter in augmentation.AsSpan(1))
                switch (letter)
                {
                    case 'R':
                        encoding = cursor.ReadByte();
                        break;
                    case 'L':
                        cursor.Skip(1);
                        break;
                    case 'P':
                        ReadAddress(ref cursor, cursor.ReadByte());
                        break;
                }
            cursor.Position = start;
            cursor.Skip(size);
        }
        return new CfiCommon(code, data, returnAddress, encoding, augmentation.Length > 0,
            augmentation.Contains('S', StringComparison.Ordinal), cursor.Position, cursor.End);
    }

    private ulong ReadAddress(ref ByteCursor cursor, byte encoding)
    {
        if (encoding == EncodingOmit)
            return 0;
        var at = cursor.Position;
        var value = (encoding & 0x0f) switch
        {
            0x00 or 0x04 or 0x0c => cursor.ReadUInt64(),
            0x01 => cursor.ReadUleb(),
            0x02 => cursor.ReadUInt16(),
            0x03 => cursor.ReadUInt32(),
            0x09 => (ulong)cursor.ReadSleb(),
            0x0a => (ulong)(short)cursor.ReadUInt16(),
            0x0b => (ulong)(int)cursor.ReadUInt32(),
            _ => throw new DwarfException(_section.Name, at, $"an address in the unknown encoding 0x{encoding:x}"),
        };
        return (encoding & 0x70) == EncodingRelative ? value + _address + (ulong)at : value;
    }
}
