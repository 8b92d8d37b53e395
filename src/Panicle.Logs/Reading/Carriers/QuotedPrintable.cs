using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading.Carriers;

/// <summary>Mail as it is sent: <c>=3D</c> is a byte, and a line that ends with <c>=</c> goes on with the next.</summary>
internal sealed partial class QuotedPrintable(bool isOn) : Carrier
{
    private bool _isOn = isOn;
    private RawLine? _begun;

    /// <summary>
    /// The carrier of a text, or null. A header says so, or its lines do: whatever follows a <c>=</c> is hex or a line's end.
    /// </summary>
    public static QuotedPrintable? Of(IReadOnlyList<string> lines)
    {
        const int Enough = 3;
        if (lines.Any(line => Header().Match(line) is { Success: true } header && IsMeant(header)))
            return new QuotedPrintable(isOn: false);
        var (coded, plain) = (0, 0);
        foreach (var line in lines)
        {
            coded += Coded().Count(line);
            plain += Plain().Count(line);
        }
        return coded >= Enough && plain == 0 ? new QuotedPrintable(isOn: true) : null;
    }

    public override void Add(RawLine line, Action<RawLine> next)
    {
        if (Header().Match(line.Text) is { Success: true } header)
        {
            End(next);
            _isOn = IsMeant(header);
        }
        if (!_isOn)
        {
            next(line);
            return;
        }
        var text = line.Text.TrimEnd('\r');
        var goesOn = text.EndsWith('=');
        var whole = (_begun?.Text ?? "") + (goesOn ? text[..^1] : text);
        _begun = new RawLine(whole, _begun?.Number ?? line.Number);
        if (!goesOn || whole.Length > Longest)
            End(next);
    }

    public override void End(Action<RawLine> next)
    {
        if (_begun is { } line)
            next(line with { Text = Decode(line.Text) });
        _begun = null;
    }

    private static bool IsMeant(Match header) =>
        header.Groups["e"].Value.Equals("quoted-printable", StringComparison.OrdinalIgnoreCase);

    // Bytes that stand together are one or more characters.
    private static string Decode(string text) => Bytes().Replace(text, match =>
    {
        var bytes = new byte[match.Length / 3];
        for (var i = 0; i < bytes.Length; i++)
        {
            var digits = match.ValueSpan.Slice(3 * i + 1, 2);
            bytes[i] = byte.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        return Encoding.UTF8.GetString(bytes);
    });

    [GeneratedRegex(@"^Content-Transfer-Encoding:\s*(?<e>[\w-]{1,40})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    [GeneratedRegex("(?:=[0-9A-F]{2})+", RegexOptions.CultureInvariant)]
    private static partial Regex Bytes();

    [GeneratedRegex(@"=(?:[0-9A-F]{2}|\r?$)", RegexOptions.CultureInvariant)]
    private static partial Regex Coded();

    [GeneratedRegex(@"=(?![0-9A-F]{2}|\r?$)", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
