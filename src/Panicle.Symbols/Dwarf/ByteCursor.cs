using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Reads the little-endian numbers and LEB128s of a debug section one after the other, within bounds: what lies beyond the end is
/// a <see cref="DwarfException"/>. Positions are offsets in the section. Allocates nothing.
/// </summary>
internal ref struct ByteCursor
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly string _section;
    private int _position;

    /// <summary>Begins at a position of a section and ends with it.</summary>
    public ByteCursor(DwarfSection section, long position) : this(section, position, section.Length)
    {
    }

    /// <summary>Begins at a position of a section and ends at another one.</summary>
    public ByteCursor(DwarfSection section, long position, int end)
    {
        _section = section.Name;
        var data = section.Data;
        if ((uint)end > (uint)data.Length)
            throw new DwarfException(_section, end, $"an end beyond the section's at 0x{data.Length:x}");
        _data = data[..end];
        if ((ulong)position > (ulong)end)
            throw new DwarfException(_section, position, $"an offset beyond the end at 0x{end:x}");
        _position = (int)position;
    }

    /// <summary>The offset in the section of what is read next.</summary>
    public int Position
    {
        readonly get => _position;
        set
        {
            if ((uint)value > (uint)_data.Length)
                Fail(value, "an offset beyond the end");
            _position = value;
        }
    }

    /// <summary>Where reading must end.</summary>
    public readonly int End => _data.Length;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool AtEnd => _position >= _data.Length;

    public byte ReadByte() => Read<byte>();

    public ushort ReadUInt16() => Read<ushort>();

    public uint ReadUInt24() => ReadUInt16() | (uint)ReadByte() << 16;

    public uint ReadUInt32() => Read<uint>();

    public ulong ReadUInt64() => Read<ulong>();

    /// <summary>A number of 1, 2, 4 or 8 bytes.</summary>
    public ulong ReadUnsigned(int size)
    {
        switch (size)
        {
            case 1:
                return ReadByte();
            case 2:
                return ReadUInt16();
            case 4:
                return ReadUInt32();
            case 8:
                return ReadUInt64();
            default:
                Fail(_position, $"a number of {size} bytes");
                return 0;
        }
    }

    /// <summary>An unsigned LEB128; bits beyond the 64th are dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadUleb()
    {
        if ((uint)_position < (uint)_data.Length && _data[_position] < 0x80)
            return _data[_position++];
        return ReadLongUleb();
    }

    public long ReadSleb()
    {
        long value = 0;
        var shift = 0;
        while (true)
        {
            var next = ReadByte();
            if (shift < 64)
                value |= (long)(next & 0x7f) << shift;
            shift += 7;
            if ((next & 0x80) != 0)
                continue;
            return shift < 64 && (next & 0x40) != 0 ? value | -1L << shift : value;
        }
    }

    /// <summary>The 4 or 8 byte length at the head of a unit; says which of the two DWARF formats the unit has.</summary>
    public ulong ReadInitialLength(out bool is64)
    {
        var length = ReadUInt32();
        is64 = length == uint.MaxValue;
        if (is64)
            return ReadUInt64();
        if (length >= 0xfffffff0)
            Fail(_position - 4, $"a reserved length 0x{length:x}");
        return length;
    }

    /// <summary>The bytes up to the next NUL, which is passed over.</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        var rest = _data[_position..];
        var length = rest.IndexOf((byte)0);
        if (length < 0)
            Fail(_position, "a string without an end");
        _position += length + 1;
        return rest[..length];
    }

    public ReadOnlySpan<byte> ReadBytes(ulong count)
    {
        var start = _position;
        Skip(count);
        return _data.Slice(start, (int)count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(ulong count)
    {
        if (count > (ulong)(_data.Length - _position))
            Fail(_position, $"0x{count:x} bytes that reach beyond the end at 0x{_data.Length:x}");
        _position += (int)count;
    }

    /// <summary>Passes over a LEB128.</summary>
    public void SkipLeb()
    {
        while (ReadByte() >= 0x80)
        {
        }
    }

    /// <summary>Passes over a string.</summary>
    public void SkipText() => ReadText();

    /// <summary>Reports what is wrong here.</summary>
    [DoesNotReturn]
    public readonly void Fail(long position, string problem) => throw new DwarfException(_section, position, problem);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Read<T>() where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() > _data.Length - _position)
            Fail(_position, "the end of the data");
        var value = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_data), _position));
        _position += Unsafe.SizeOf<T>();
        return value;
    }

    private ulong ReadLongUleb()
    {
        ulong value = 0;
        var shift = 0;
        while (true)
        {
            var next = ReadByte();
            if (shift < 64)
                value |= (ulong)(next & 0x7f) << shift;
            shift += 7;
            if ((next & 0x80) == 0)
                return value;
        }
    }
}
