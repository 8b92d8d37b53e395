using Panicle.Formats.Streams;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// One debug section: its bytes as the rest of the code wants them, decompressed and relocated, made on first use. A section that
/// is mapped from the file as it is costs nothing. Thread-safe.
/// </summary>
internal sealed unsafe class DwarfSection
{
    private readonly Lazy<Bytes> _bytes;

    public DwarfSection(string name, Func<Bytes>? load)
    {
        Name = name;
        Exists = load is not null;
        _bytes = new(load ?? (static () => default));
    }

    /// <summary>Its name without compression's mark: <c>.debug_info</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the file has it.</summary>
    public bool Exists { get; }

    /// <summary>Its size in bytes; 0 if the file doesn't have it.</summary>
    /// <exception cref="DwarfException">It can't be loaded.</exception>
    public int Length => _bytes.Value.Length;

    /// <summary>Its bytes; they live as long as the <see cref="DwarfFile"/>.</summary>
    /// <exception cref="DwarfException">It can't be loaded.</exception>
    public ReadOnlySpan<byte> Data => _bytes.Value.Span;

    /// <summary>The NUL-terminated text at an offset.</summary>
    /// <exception cref="DwarfException">The offset lies outside.</exception>
    public ReadOnlySpan<byte> TextAt(ulong offset)
    {
        var data = Data;
        if (offset >= (ulong)data.Length)
            throw new DwarfException(Name, (long)offset, $"the offset of a string is beyond the end at 0x{data.Length:x}");
        var rest = data[(int)offset..];
        var length = rest.IndexOf((byte)0);
        return length < 0 ? rest : rest[..length];
    }

    /// <summary>Says that all of a part is about to be read: one that is mapped costs less if its pages come together.</summary>
    public void Prefetch(int start, int end) => Advise(start, end, MemoryAdvice.PopulateRead);

    /// <summary>Gives back the memory of a part that is mapped; what is read again is mapped again.</summary>
    public void Release(int start, int end) => Advise(start, end, MemoryAdvice.DontNeed);

    private void Advise(int start, int end, int advice)
    {
        if (_bytes.Value.IsMapped && start < end)
            MemoryAdvice.Give(Data[start..end], advice);
    }

    /// <summary>Bytes that stay where they are: mapped from the file, or an array that the collector doesn't move.</summary>
    internal readonly struct Bytes
    {
        private readonly byte* _start;
        private readonly byte[]? _array;

        private Bytes(byte* start, int length, byte[]? array)
        {
            _start = start;
            Length = length;
            _array = array;
        }

        public int Length { get; }

        public bool IsMapped => _array is null;

        public ReadOnlySpan<byte> Span => _array is not null ? _array.AsSpan(0, Length) : new(_start, Length);

        /// <summary>Bytes of a mapped file.</summary>
        public static Bytes Mapped(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* start = bytes)
                return new(start, bytes.Length, null);
        }

        /// <summary>Bytes in an array.</summary>
        public static Bytes Owned(byte[] bytes) => new(null, bytes.Length, bytes);
    }
}
