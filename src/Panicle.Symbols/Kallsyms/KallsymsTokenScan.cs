using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>Finds the token table by its digits, and the index behind it.</summary>
internal static class KallsymsTokenScan
{
    private const int ChunkBytes = 256 * 1024;
    private const int MaxTableBytes = 32 * 1024;

    // Every digit occurs in some symbol's name, so each has kept its own code; each text ends with NUL.
    private static ReadOnlySpan<byte> DigitTokens => "0\01\02\03\04\05\06\07\08\09\0"u8;

    /// <summary>The addresses in a range at which the ten digits stand as tokens.</summary>
    public static IEnumerable<ulong> Digits(IMemory memory, AddressRange range)
    {
        for (var start = range.Start; start < range.End; start += ChunkBytes)
        {
            // The overlap catches a table that crosses into the next chunk.
            var length = (int)Math.Min(ChunkBytes + 32, range.End - start);
            var bytes = MemoryBlock.Read(memory, start, length, out _);
            var from = 0;
            while (bytes.AsSpan(from).IndexOf(DigitTokens) is >= 0 and var found)
            {
                yield return start + (ulong)(from + found);
                from += found + 1;
            }
        }
    }

    /// <summary>
    /// Looks behind the digits for the index: 256 ascending offsets from 0, of which the ones for the digits are two bytes apart.
    /// They say how far in front of the digits the table starts.
    /// </summary>
    public static (ulong Table, ulong Index, KallsymsTokens Tokens)? TryLocate(IMemory memory, ulong digits)
    {
        var bytes = MemoryBlock.Read(memory, digits, MaxTableBytes, out _);
        var shift = (int)(digits & 3);
        for (var at = 4 - shift; at + KallsymsTokens.IndexBytes <= bytes.Length; at += 4)
        {
            var index = bytes.AsSpan(at, KallsymsTokens.IndexBytes);
            if (BinaryPrimitives.ReadUInt16LittleEndian(index) != 0 || !FitsDigits(index, out var digitsOffset))
                continue;
            var table = digits - digitsOffset;
            if (KallsymsTokens.TryRead(memory, table, digits + (ulong)at) is { } tokens)
                return (table, digits + (ulong)at, tokens);
        }
        return null;
    }

    private static bool FitsDigits(ReadOnlySpan<byte> index, out ushort digitsOffset)
    {
        digitsOffset = BinaryPrimitives.ReadUInt16LittleEndian(index[('0' * sizeof(ushort))..]);
        var nine = BinaryPrimitives.ReadUInt16LittleEndian(index[('9' * sizeof(ushort))..]);
        return digitsOffset >= '0' && nine - digitsOffset == ('9' - '0') * 2;
    }
}
