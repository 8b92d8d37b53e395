using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// The 256 texts that compressed symbol names are made of: a code that stands for itself, or one for a frequent piece
/// such as "_init" (<c>kallsyms_token_table</c> and <c>kallsyms_token_index</c>).
/// </summary>
internal sealed class KallsymsTokens
{
    public const int Codes = 256;
    public const int IndexBytes = Codes * sizeof(ushort);

    // The texts are pieces of symbol names; a real table is under 2 KB.
    private const int MaxTableBytes = 64 * 1024;

    private readonly byte[] _table;
    private readonly ushort[] _starts;
    private readonly byte[] _lengths;

    private KallsymsTokens(byte[] table, ushort[] starts, byte[] lengths)
    {
        _table = table;
        _starts = starts;
        _lengths = lengths;
    }

    public ReadOnlySpan<byte> Text(byte code) => _table.AsSpan(_starts[code], _lengths[code]);

    public static KallsymsTokens? TryRead(IMemory memory, ulong table, ulong index)
    {
        Span<byte> indexBytes = stackalloc byte[IndexBytes];
        if (!memory.TryRead(index, indexBytes, out _))
            return null;
        var last = BinaryPrimitives.ReadUInt16LittleEndian(indexBytes[(IndexBytes - sizeof(ushort))..]);
        // The last token's end isn't in the index; the table is followed by more than this of read-only data.
        var text = new byte[Math.Min(last + 256, MaxTableBytes)];
        if (!memory.TryRead(table, text, out _))
            return null;
        return TryParse(text, indexBytes);
    }

    /// <summary>Checks the shape as it goes: ascending offsets, and a NUL before each but the first.</summary>
    public static KallsymsTokens? TryParse(byte[] table, ReadOnlySpan<byte> index)
    {
        var starts = new ushort[Codes];
        var lengths = new byte[Codes];
        for (var code = 0; code < Codes; code++)
        {
            var start = BinaryPrimitives.ReadUInt16LittleEndian(index[(code * sizeof(ushort))..]);
            var isOrdered = code == 0 ? start == 0 : start > starts[code - 1];
            if (!isOrdered || start >= table.Length || (start > 0 && table[start - 1] != 0))
                return null;
            var length = table.AsSpan(start).IndexOf((byte)0);
            if (length is < 0 or > byte.MaxValue)
                return null;
            starts[code] = start;
            lengths[code] = (byte)length;
        }
        return new KallsymsTokens(table, starts, lengths);
    }
}
