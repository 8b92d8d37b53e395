using System.Buffers.Binary;

namespace Panicle.Symbols.Btf;

/// <summary>The checked <c>struct btf_header</c>: where the sections lie in the data (Documentation/bpf/btf.rst).</summary>
internal readonly record struct BtfHeader(Range Types, Range Strings, Range Layout)
{
    private const ushort Magic = 0xeb9f;
    private const int OldLength = 24;
    private const int LengthWithLayout = 32;

    public static BtfHeader? TryParse(ReadOnlySpan<byte> data, out string? why)
    {
        if (data.Length < OldLength || BinaryPrimitives.ReadUInt16LittleEndian(data) != Magic)
        {
            why = data.Length < OldLength
                ? $"{data.Length} bytes are too few for BTF"
                : "the bytes don't start with BTF's magic number";
            return null;
        }
        var headerLength = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        if (data[2] != 1 || headerLength < OldLength || headerLength > data.Length)
        {
            why = $"BTF version {data[2]} with a header of {headerLength} bytes isn't known";
            return null;
        }
        var body = (int)headerLength;
        var types = Section(data, 8, body);
        var strings = Section(data, 16, body);
        var layout = body >= LengthWithLayout ? Section(data, 24, body) : default(Range);
        if (types is null || strings is null)
        {
            why = "BTF's header places the types or the strings outside the data";
            return null;
        }
        why = null;
        return new BtfHeader(types.Value, strings.Value, layout ?? default);
    }

    /// <summary>A section given by its offset from the header's end and its length; null if it isn't inside the data.</summary>
    private static Range? Section(ReadOnlySpan<byte> data, int field, int body)
    {
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(data[field..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(data[(field + 4)..]);
        var start = (long)body + offset;
        return start + length <= data.Length ? new Range((int)start, (int)(start + length)) : null;
    }
}
