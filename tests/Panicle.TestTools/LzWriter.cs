using System.Buffers.Binary;

namespace Panicle.TestTools;

/// <summary>
/// Small greedy compressors for LZO1X and Snappy, so that tests can write dumps in formats that this machine's tools
/// may not make. They aim at using every kind of instruction, not at a good ratio.
/// </summary>
public static class LzWriter
{
    private const int ShortestMatch = 4;

    /// <summary>Compresses to an LZO1X stream (kernel, Documentation/staging/lzo.rst).</summary>
    public static byte[] Lzo(ReadOnlySpan<byte> input)
    {
        var output = new List<byte>();
        var stateAt = -1; // where the last match left room for a count of up to three literals
        var literals = 0;
        foreach (var (start, distance, length) in FindMatches(input, 48 * 1024))
        {
            LzoLiterals(output, input[literals..start], ref stateAt);
            LzoMatch(output, distance, length, ref stateAt);
            literals = start + length;
        }
        LzoLiterals(output, input[literals..], ref stateAt);
        output.AddRange([0x11, 0, 0]);
        return [.. output];
    }

    /// <summary>Compresses to a raw Snappy stream (google/snappy, format_description.txt).</summary>
    public static byte[] Snappy(ReadOnlySpan<byte> input)
    {
        var output = new List<byte>();
        for (var rest = (uint)input.Length; ; rest >>= 7)
        {
            output.Add((byte)(rest < 0x80 ? rest : rest | 0x80));
            if (rest < 0x80)
                break;
        }
        var literals = 0;
        foreach (var (start, distance, length) in FindMatches(input, int.MaxValue))
        {
            SnappyLiterals(output, input[literals..start]);
            SnappyMatch(output, distance, length);
            literals = start + length;
        }
        SnappyLiterals(output, input[literals..]);
        return [.. output];
    }

    private static List<(int Start, int Distance, int Length)> FindMatches(ReadOnlySpan<byte> input, int furthest)
    {
        var found = new List<(int, int, int)>();
        var seen = new Dictionary<uint, int>();
        for (var at = 0; at + ShortestMatch <= input.Length;)
        {
            var key = BinaryPrimitives.ReadUInt32LittleEndian(input[at..]);
            var hit = seen.TryGetValue(key, out var before) && at - before <= furthest;
            seen[key] = at;
            if (!hit)
            {
                at++;
                continue;
            }
            var length = input[at..].CommonPrefixLength(input[before..]);
            found.Add((at, at - before, length));
            at += length;
        }
        return found;
    }

    private static void LzoLiterals(List<byte> output, ReadOnlySpan<byte> literals, ref int stateAt)
    {
        if (literals.IsEmpty)
            return;
        if (stateAt >= 0 && literals.Length <= 3)
            output[stateAt] |= (byte)literals.Length;
        else if (output.Count == 0 && literals.Length <= 238)
            output.Add((byte)(17 + literals.Length));
        else
            LzoLength(output, 0, literals.Length - 3, 15);
        output.AddRange(literals);
        stateAt = -1;
    }

    private static void LzoMatch(List<byte> output, int distance, int length, ref int stateAt)
    {
        if (distance <= 2048 && length <= 8)
        {
            var code = length <= 4 ? 0x40 | ((length - 3) << 5) : 0x80 | ((length - 5) << 5);
            stateAt = output.Count;
            output.AddRange([(byte)(code | (((distance - 1) & 7) << 2)), (byte)((distance - 1) >> 3)]);
            return;
        }
        if (distance <= 16384)
        {
            LzoLength(output, 0x20, length - 2, 31);
            stateAt = output.Count;
            output.AddRange([(byte)((distance - 1) << 2), (byte)((distance - 1) >> 6)]);
            return;
        }
        var far = distance - 16384;
        LzoLength(output, 0x10 | ((far >> 14) << 3), length - 2, 7);
        stateAt = output.Count;
        output.AddRange([(byte)(far << 2), (byte)((far & 0x3fff) >> 6)]);
    }

    /// <summary>
    /// Literal runs of one to three bytes don't reach here but for a stream's start, where the first byte has codes of its own.
    /// </summary>
    private static void LzoLength(List<byte> output, int code, int length, int full)
    {
        if (length <= full)
        {
            output.Add((byte)(code | length));
            return;
        }
        output.Add((byte)code);
        length -= full;
        for (; length > 255; length -= 255)
            output.Add(0);
        output.Add((byte)length);
    }

    private static void SnappyLiterals(List<byte> output, ReadOnlySpan<byte> literals)
    {
        if (literals.IsEmpty)
            return;
        var count = literals.Length - 1;
        if (count < 60)
            output.Add((byte)(count << 2));
        else if (count < 256)
            output.AddRange([60 << 2, (byte)count]);
        else
            output.AddRange([61 << 2, (byte)count, (byte)(count >> 8)]);
        output.AddRange(literals);
    }

    private static void SnappyMatch(List<byte> output, int distance, int length)
    {
        while (length > 0)
        {
            // What remains after a step of 64 may be shorter than the shortest one-byte-offset match:
            // any length from 1 fits two bytes.
            var step = Math.Min(length, 64);
            if (step is >= 4 and <= 11 && distance < 2048)
                output.AddRange([(byte)(1 | ((step - 4) << 2) | ((distance >> 8) << 5)), (byte)distance]);
            else if (distance <= 0xffff)
                output.AddRange([(byte)(2 | ((step - 1) << 2)), (byte)distance, (byte)(distance >> 8)]);
            else
                output.AddRange([(byte)(3 | ((step - 1) << 2)), (byte)distance, (byte)(distance >> 8), (byte)(distance >> 16),
                    (byte)(distance >> 24)]);
            length -= step;
        }
    }
}
