using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Panicle.Dumps;

namespace Panicle.Symbols.Tests;

/// <summary>How the tables of a made-up kernel are laid out.</summary>
internal enum KallsymsStyle
{
    /// <summary>5.10: offsets, base, count, names, markers, tokens; absolute per-CPU symbols.</summary>
    OffsetsFirst,

    /// <summary>Stable 6.1: the same with the name order between markers and tokens.</summary>
    OffsetsFirstWithSequence,

    /// <summary>6.4 to 6.14: count, names, markers, tokens, offsets, base; absolute per-CPU symbols.</summary>
    NamesFirst,

    /// <summary>6.15 to 7.0, and arm64: the same, with unsigned offsets.</summary>
    NamesFirstRelative,

    /// <summary>From 7.1: no base, offsets relative to their own places.</summary>
    PlaceRelative,
}

/// <summary>
/// Writes kallsyms tables the way <c>scripts/kallsyms.c</c> lays them out, into a kernel image of zeros and noise.
/// </summary>
internal sealed class KallsymsImage
{
    public const ulong Base = 0xffffffff9a000000;
    private const int TablesAt = 0x123004;

    // Frequent pieces, given to codes that no character uses.
    private static readonly string[] Pieces =
    [
        "init", "__", "_task", "sys_", "Tdo_", "tfunction", "tfunction_1", "_long_piece_of_a_name",
    ];

    private readonly KallsymsStyle _style;
    private readonly byte[] _image = new byte[4 * 1024 * 1024];
    private readonly Dictionary<string, ulong> _places = [];
    private int _at = TablesAt;

    public KallsymsImage(IReadOnlyList<(ulong Address, char Type, string Name)> symbols, KallsymsStyle style)
    {
        Symbols = symbols;
        _style = style;
        new Random(7).NextBytes(_image.AsSpan(0, TablesAt - 8192));
        var tokens = Tokens(symbols);
        if (style is KallsymsStyle.OffsetsFirst or KallsymsStyle.OffsetsFirstWithSequence)
        {
            WriteOffsets(style);
            WriteBase();
            WriteNames(tokens);
            if (style == KallsymsStyle.OffsetsFirstWithSequence)
                WriteSequence();
            WriteTokens(tokens);
        }
        else
        {
            WriteNames(tokens);
            WriteTokens(tokens);
            WriteOffsets(style);
            if (style != KallsymsStyle.PlaceRelative)
                WriteBase();
            WriteSequence();
        }
        Memory = new FakeMemory().Add(Base, _image);
    }

    public IReadOnlyList<(ulong Address, char Type, string Name)> Symbols { get; }

    public FakeMemory Memory { get; }

    public byte[] Bytes => _image;

    public static AddressRange Range => new(Base, Base + (4 * 1024 * 1024));

    public ulong PlaceOf(string table) => _places[table];

    public static int TablesStart => TablesAt;

    public int TablesEnd => _at;

    /// <summary>What VMCOREINFO says of such a kernel.</summary>
    public VmcoreInfo Info
    {
        get
        {
            var text = new StringBuilder();
            foreach (var (name, place) in _places)
                text.Append(CultureInfo.InvariantCulture, $"SYMBOL(kallsyms_{name})={place:x}\n");
            return new VmcoreInfo(Encoding.ASCII.GetBytes(text.ToString()));
        }
    }

    public static VmcoreInfo NoInfo => new("OSRELEASE=5.10.0\n"u8);

    /// <summary>
    /// A plausible kernel: per-CPU symbols (if absolute), functions, aliases, duplicate names, very long names.
    /// </summary>
    public static List<(ulong Address, char Type, string Name)> SomeSymbols(bool withPercpu)
    {
        var symbols = new List<(ulong, char, string)>();
        if (withPercpu)
        {
            symbols.Add((0, 'A', "__per_cpu_start"));
            symbols.Add((0, 'A', "fixed_percpu_data"));
            symbols.Add((0x1f000, 'A', "current_task"));
        }
        symbols.Add((Base, 'T', "_stext"));
        symbols.Add((Base, 'T', "_text"));
        for (var i = 0; i < 3000; i++)
            symbols.Add((Base + 0x100 + ((ulong)i * 0x40), 't', $"function_{i}_{i * 7919 % 1000:x}"));
        symbols.Add((Base + 0x80000, 'T', "do_sys_open"));
        symbols.Add((Base + 0x80000, 'T', "do_sys_open_alias"));
        symbols.Add((Base + 0x80040, 't', "cleanup"));
        symbols.Add((Base + 0x80080, 't', string.Concat(Enumerable.Repeat("x_long_piece_of_a_name", 20))));
        symbols.Add((Base + 0x800c0, 't', "cleanup"));
        symbols.Add((Base + 0x80100, 't', string.Join('q', Enumerable.Repeat("wz0123456789", 15))));
        symbols.Add((Base + 0x90000, 'D', "init_task"));
        symbols.Add((Base + 0xa0000, 'B', "_end"));
        return symbols;
    }

    private static Dictionary<byte, string> Tokens(IReadOnlyList<(ulong Address, char Type, string Name)> symbols)
    {
        var used = new bool[256];
        foreach (var (_, type, name) in symbols)
        {
            used[type] = true;
            foreach (var c in name)
                used[c] = true;
        }
        for (var c = '0'; c <= '9'; c++)
            used[c] = true;
        var tokens = new Dictionary<byte, string>();
        var piece = 0;
        for (var code = 0; code < 256; code++)
            tokens[(byte)code] = used[code]
                ? ((char)code).ToString()
                : code > 130 && piece < Pieces.Length ? Pieces[piece++] : "";
        return tokens;
    }

    private static List<byte> Compress(string text, Dictionary<byte, string> tokens)
    {
        var codes = new List<byte>();
        for (var i = 0; i < text.Length;)
        {
            byte best = 0;
            var length = 0;
            foreach (var (code, piece) in tokens)
                if (piece.Length > length && string.CompareOrdinal(text, i, piece, 0, piece.Length) == 0)
                    (best, length) = (code, piece.Length);
            codes.Add(best);
            i += length;
        }
        return codes;
    }

    private void Begin(string table)
    {
        // Since 7.1 the tables are aligned to four bytes only.
        _at = (_at + 3) & ~3;
        if (_style != KallsymsStyle.PlaceRelative)
            _at = (_at + 7) & ~7;
        _places[table] = Base + (ulong)_at;
    }

    private void Write32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_image.AsSpan(_at), value);
        _at += 4;
    }

    private void WriteOffsets(KallsymsStyle style)
    {
        Begin("offsets");
        foreach (var (address, _, _) in Symbols)
            Write32(style switch
            {
                KallsymsStyle.PlaceRelative => (uint)(address - (Base + (ulong)_at)),
                KallsymsStyle.NamesFirstRelative => (uint)(address - Base),
                _ when address < Base => (uint)address,
                _ => (uint)(Base - 1 - address),
            });
    }

    private void WriteBase()
    {
        Begin("relative_base");
        BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(_at), Base);
        _at += 8;
    }

    private void WriteNames(Dictionary<byte, string> tokens)
    {
        Begin("num_syms");
        Write32((uint)Symbols.Count);
        Begin("names");
        var start = _at;
        var markers = new List<uint>();
        for (var i = 0; i < Symbols.Count; i++)
        {
            if (i % 256 == 0)
                markers.Add((uint)(_at - start));
            var codes = Compress(Symbols[i].Type + Symbols[i].Name, tokens);
            if (codes.Count >= 128)
            {
                _image[_at++] = (byte)((codes.Count & 0x7f) | 0x80);
                _image[_at++] = (byte)(codes.Count >> 7);
            }
            else
            {
                _image[_at++] = (byte)codes.Count;
            }
            foreach (var code in codes)
                _image[_at++] = code;
        }
        Begin("markers");
        foreach (var marker in markers)
            Write32(marker);
    }

    private void WriteSequence()
    {
        Begin("seqs_of_names");
        for (var i = 0; i < Symbols.Count; i++)
            foreach (var shift in (ReadOnlySpan<int>)[16, 8, 0])
                _image[_at++] = (byte)(i >> shift);
    }

    private void WriteTokens(Dictionary<byte, string> tokens)
    {
        Begin("token_table");
        var start = _at;
        var index = new List<ushort>();
        for (var code = 0; code < 256; code++)
        {
            index.Add((ushort)(_at - start));
            foreach (var c in tokens[(byte)code])
                _image[_at++] = (byte)c;
            _image[_at++] = 0;
        }
        Begin("token_index");
        foreach (var offset in index)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_image.AsSpan(_at), offset);
            _at += 2;
        }
    }
}
