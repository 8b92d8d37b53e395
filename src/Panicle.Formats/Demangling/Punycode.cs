using System.Text;

namespace Panicle.Formats.Demangling;

/// <summary>
/// Names beyond ASCII in the letters, digits and underscores that linkers know
/// (RFC 3492; the delimiter is an underscore, as Rust has it).
/// </summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int LowestThreshold = 1;
    private const int HighestThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int FirstBias = 72;
    private const int FirstCode = 128;
    private const int MostRunes = 512;

    /// <summary>The text, or null if it is damaged.</summary>
    public static string? TryDecode(ReadOnlySpan<char> encoded)
    {
        var runes = new List<Rune>();
        var delimiter = encoded.LastIndexOf('_');
        foreach (var plain in delimiter > 0 ? encoded[..delimiter] : default)
            runes.Add(new Rune(plain));
        var rest = encoded[(delimiter + 1)..];
        var (code, index, bias, isFirst) = ((long)FirstCode, 0L, FirstBias, true);
        while (!rest.IsEmpty)
        {
            var before = index;
            var weight = 1L;
            for (var position = Base; ; position += Base)
            {
                if (rest.IsEmpty || DigitOf(rest[0]) is not (>= 0 and var digit))
                    return null;
                rest = rest[1..];
                index += digit * weight;
                var threshold = Math.Clamp(position - bias, LowestThreshold, HighestThreshold);
                if (digit < threshold)
                    break;
                weight *= Base - threshold;
                if (index > int.MaxValue || weight > int.MaxValue)
                    return null;
            }
            var count = runes.Count + 1;
            bias = Adapt(index - before, count, isFirst);
            isFirst = false;
            code += index / count;
            index %= count;
            if (code > int.MaxValue || !Rune.IsValid((int)code) || count > MostRunes)
                return null;
            runes.Insert((int)index++, new Rune((int)code));
        }
        return string.Concat(runes);
    }

    private static int Adapt(long delta, int count, bool isFirst)
    {
        delta = isFirst ? delta / Damp : delta / 2;
        delta += delta / count;
        var steps = 0;
        for (; delta > (Base - LowestThreshold) * HighestThreshold / 2; steps += Base)
            delta /= Base - LowestThreshold;
        return (int)(steps + (Base - LowestThreshold + 1) * delta / (delta + Skew));
    }

    private static int DigitOf(char letter) => letter switch
    {
        >= 'a' and <= 'z' => letter - 'a',
        >= '0' and <= '9' => letter - '0' + 26,
        _ => -1,
    };
}
