using System.Globalization;
using System.Text;

namespace Panicle.Formats.Demangling;

/// <summary>
/// Rust's names of version 0 (RFC 2603, "Symbol name mangling"): <c>_R</c> and a path. Shown as a person would write it, without
/// the crates' hashes.
/// </summary>
internal ref struct RustName
{
    private const string Start = "_R";
    private const int MostLifetimes = 1024;

    private readonly ReadOnlySpan<char> _name;
    private readonly StringBuilder _text = new();
    private int _at;
    private int _depth;
    private int _steps;
    private int _silence;
    private ulong _lifetimes;

    private RustName(ReadOnlySpan<char> name) => _name = name;

    /// <summary>The path; null if the name isn't one of these or is damaged.</summary>
    public static string? TryDemangle(string name)
    {
        if (!name.StartsWith(Start, StringComparison.Ordinal))
            return null;
        // What follows a dot is a suffix of the compiler's: ".llvm.123".
        var end = name.IndexOf('.', StringComparison.Ordinal);
        var body = name.AsSpan(Start.Length, (end < 0 ? name.Length : end) - Start.Length);
        // A number here is the version of an encoding to come.
        if (body.IsEmpty || !char.IsAsciiLetterUpper(body[0]))
            return null;
        try
        {
            var reader = new RustName(body);
            reader.Path(isValue: true);
            if (reader._at < body.Length)
                reader.SkipPath(); // the crate that needed this instance
            return reader._at == body.Length ? reader._text.ToString() : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static FormatException Bad() => new();

    private readonly char Peek => _at < _name.Length ? _name[_at] : '\0';

    private char Next() => _at < _name.Length ? _name[_at++] : throw Bad();

    private bool Take(char wanted)
    {
        if (Peek != wanted)
            return false;
        _at++;
        return true;
    }

    private readonly void Write(scoped ReadOnlySpan<char> text)
    {
        if (_silence > 0)
            return;
        if (_text.Length + text.Length > NameDemangler.MostOutput)
            throw Bad();
        _text.Append(text);
    }

    private void Enter()
    {
        if (++_depth > NameDemangler.MostDepth || ++_steps > NameDemangler.MostSteps)
            throw Bad();
    }

    private void SkipPath()
    {
        _silence++;
        Path(isValue: false);
        _silence--;
    }

    /// <param name="isValue">Whether it names a value: generic arguments then stand after <c>::</c>.</param>
    private void Path(bool isValue)
    {
        Enter();
        switch (Next())
        {
            case 'C':
                Disambiguator();
                Write(Identifier());
                break;
            case 'M':
                Disambiguator();
                SkipPath();
                Write("<");
                Type();
                Write(">");
                break;
            case 'X':
                Disambiguator();
                SkipPath();
                SelfAs();
                break;
            case 'Y':
                SelfAs();
                break;
            case 'N':
                Nested(isValue);
                break;
            case 'I':
                Path(isValue);
                Write(isValue ? "::<" : "<");
                Arguments();
                Write(">");
                break;
            case 'B':
                var back = BackReference();
                if (_silence == 0)
                    At(back, ref this, (ref reader) => reader.Path(isValue));
                break;
            default:
                throw Bad();
        }
        _depth--;
    }

    private void SelfAs()
    {
        Write("<");
        Type();
        Write(" as ");
        Path(isValue: false);
        Write(">");
    }

    private void Nested(bool isValue)
    {
        var space = Next();
        if (!char.IsAsciiLetter(space))
            throw Bad();
        Path(isValue);
        var number = Disambiguator();
        var name = Identifier();
        if (char.IsAsciiLetterUpper(space))
        {
            Write("::{");
            Write(space switch { 'C' => "closure", 'S' => "shim", _ => space.ToString() });
            if (name.Length > 0)
                Write($":{name}");
            Write($"#{number}}}");
        }
        else if (name.Length > 0)
            Write($"::{name}");
    }

    private void Arguments()
    {
        for (var count = 0; !Take('E'); count++)
        {
            if (count > 0)
                Write(", ");
            if (Take('L'))
                Lifetime(Base62());
            else if (Take('K'))
                Constant();
            else
                Type();
        }
    }

    private void Type()
    {
        Enter();
        var tag = Next();
        if (BasicType(tag) is { } basic)
            Write(basic);
        else
            switch (tag)
            {
                case 'R' or 'Q':
                    Write("&");
                    if (Take('L') && Base62() is var lifetime and not 0)
                    {
                        Lifetime(lifetime);
                        Write(" ");
                    }
                    if (tag == 'Q')
                        Write("mut ");
                    Type();
                    break;
                case 'P' or 'O':
                    Write(tag == 'P' ? "*const " : "*mut ");
                    Type();
                    break;
                case 'A' or 'S':
                    Write("[");
                    Type();
                    if (tag == 'A')
                    {
                        Write("; ");
                        Constant();
                    }
                    Write("]");
                    break;
                case 'T':
                    Tuple();
                    break;
                case 'F':
                    InBinder(ref this, (ref reader) => reader.Function());
                    break;
                case 'D':
                    Write("dyn ");
                    InBinder(ref this, (ref reader) => reader.Bounds());
                    if (!Take('L'))
                        throw Bad();
                    if (Base62() is var bound and not 0)
                    {
                        Write(" + ");
                        Lifetime(bound);
                    }
                    break;
                case 'B':
                    var back = BackReference();
                    if (_silence == 0)
                        At(back, ref this, (ref reader) => reader.Type());
                    break;
                default:
                    _at--;
                    Path(isValue: false);
                    break;
            }
        _depth--;
    }

    private void Tuple()
    {
        Write("(");
        var count = 0;
        for (; !Take('E'); count++)
        {
            if (count > 0)
                Write(", ");
            Type();
        }
        Write(count == 1 ? ",)" : ")");
    }

    private void Function()
    {
        if (Take('U'))
            Write("unsafe ");
        if (Take('K'))
        {
            var abi = Take('C') ? "C" : Identifier().Replace('_', '-');
            Write($"extern \"{abi}\" ");
        }
        Write("fn(");
        for (var count = 0; !Take('E'); count++)
        {
            if (count > 0)
                Write(", ");
            Type();
        }
        Write(")");
        if (Take('u'))
            return;
        Write(" -> ");
        Type();
    }

    private void Bounds()
    {
        for (var count = 0; !Take('E'); count++)
        {
            if (count > 0)
                Write(" + ");
            var isOpen = OpenPath();
            while (Take('p'))
            {
                Write(isOpen ? ", " : "<");
                isOpen = true;
                Write($"{Identifier()} = ");
                Type();
            }
            if (isOpen)
                Write(">");
        }
    }

    /// <summary>A trait's path, whose generic arguments stay open for what is said of its associated types.</summary>
    private bool OpenPath()
    {
        Enter();
        var isOpen = false;
        if (Take('B'))
        {
            var back = BackReference();
            if (_silence == 0)
                At(back, ref this, (ref reader) => isOpen = reader.OpenPath());
        }
        else if (Take('I'))
        {
            Path(isValue: false);
            Write("<");
            Arguments();
            isOpen = true;
        }
        else
            Path(isValue: false);
        _depth--;
        return isOpen;
    }

    private void Constant()
    {
        Enter();
        var tag = Next();
        switch (tag)
        {
            case 'p':
                Write("_");
                break;
            case 'h' or 't' or 'm' or 'y' or 'o' or 'j':
                Number();
                break;
            case 'a' or 's' or 'l' or 'x' or 'n' or 'i':
                if (Take('n'))
                    Write("-");
                Number();
                break;
            case 'b':
                Write(HexDigits() is { IsEmpty: false } flag && flag is "0" or "1"
                    ? flag is "1" ? "true"
                    : "false" : throw Bad());
                break;
            case 'c':
                Character();
                break;
            case 'B':
                var back = BackReference();
                if (_silence == 0)
                    At(back, ref this, (ref reader) => reader.Constant());
                break;
            default:
                throw Bad(); // Strings, references and structures: no stable compiler writes them.
        }
        _depth--;
    }

    private ReadOnlySpan<char> HexDigits()
    {
        var start = _at;
        while (char.IsAsciiHexDigitLower(Peek))
            _at++;
        var digits = _name[start.._at];
        if (!Take('_'))
            throw Bad();
        return digits;
    }

    private void Number()
    {
        var digits = HexDigits();
        if (digits.Length > 16)
            Write($"0x{digits}");
        else
            Write(ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                ? value.ToString(CultureInfo.InvariantCulture) : "0");
    }

    private void Character()
    {
        if (!int.TryParse(HexDigits(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || !Rune.IsValid(value))
            throw Bad();
        Write(value switch
        {
            '\t' => @"'\t'",
            '\n' => @"'\n'",
            '\r' => @"'\r'",
            '\'' => @"'\''",
            '\\' => @"'\\'",
            >= ' ' and < 0x7f => $"'{(char)value}'",
            _ => $@"'\u{{{value:x}}}'",
        });
    }

    private delegate void Reading(ref RustName reader);

    /// <summary>Reads what lies earlier in the name, and comes back.</summary>
    private static void At(int place, ref RustName reader, Reading read)
    {
        var here = reader._at;
        reader._at = place;
        read(ref reader);
        reader._at = here;
    }

    /// <summary><c>for&lt;'a, 'b&gt;</c> before what it binds lifetimes for.</summary>
    private static void InBinder(ref RustName reader, Reading read)
    {
        var bound = reader.Take('G') ? reader.Base62() + 1 : 0;
        if (bound > MostLifetimes)
            throw Bad();
        if (bound > 0)
        {
            reader.Write("for<");
            for (var i = 0UL; i < bound; i++)
            {
                if (i > 0)
                    reader.Write(", ");
                reader._lifetimes++;
                reader.Lifetime(1);
            }
            reader.Write("> ");
        }
        read(ref reader);
        reader._lifetimes -= bound;
    }

    // Counted from the innermost bound lifetime, from 1 on; 0 is one that isn't named.
    private readonly void Lifetime(ulong index)
    {
        if (index == 0)
        {
            Write("'_");
            return;
        }
        // While nothing is written, what bound it may not have been read.
        if (_silence > 0)
            return;
        if (index > _lifetimes)
            throw Bad();
        var number = _lifetimes - index;
        Write(number < 26 ? $"'{(char)('a' + number)}" : $"'_{number}");
    }

    private int BackReference()
    {
        var origin = _at - 1;
        var place = Base62();
        return place < (ulong)origin ? (int)place : throw Bad();
    }

    private ulong Disambiguator() => Take('s') ? Base62() + 1 : 0;

    /// <summary>
    /// Digits 0–9, a–z, A–Z up to an underscore; nothing before it is 0, and each number one more than its digits say.
    /// </summary>
    private ulong Base62()
    {
        if (Take('_'))
            return 0;
        var value = UInt128.Zero;
        while (!Take('_'))
        {
            value = value * 62 + Next() switch
            {
                >= '0' and <= '9' and var digit => (ulong)(digit - '0'),
                >= 'a' and <= 'z' and var letter => (ulong)(letter - 'a' + 10),
                >= 'A' and <= 'Z' and var letter => (ulong)(letter - 'A' + 36),
                _ => throw Bad(),
            };
            if (value >= ulong.MaxValue - 1)
                throw Bad();
        }
        return (ulong)value + 1;
    }

    private string Identifier()
    {
        var isPunycode = Take('u');
        var length = 0;
        if (!char.IsAsciiDigit(Peek))
            throw Bad();
        if (!Take('0'))
            while (char.IsAsciiDigit(Peek) && length < NameDemangler.MostInput)
                length = length * 10 + (Next() - '0');
        Take('_');
        if (length > _name.Length - _at)
            throw Bad();
        var text = _name.Slice(_at, length);
        _at += length;
        return isPunycode ? Punycode.TryDecode(text) ?? throw Bad() : text.ToString();
    }

    private static string? BasicType(char tag) => tag switch
    {
        'a' => "i8",
        'b' => "bool",
        'c' => "char",
        'd' => "f64",
        'e' => "str",
        'f' => "f32",
        'h' => "u8",
        'i' => "isize",
        'j' => "usize",
        'l' => "i32",
        'm' => "u32",
        'n' => "i128",
        'o' => "u128",
        'p' => "_",
        's' => "i16",
        't' => "u16",
        'u' => "()",
        'v' => "...",
        'x' => "i64",
        'y' => "u64",
        'z' => "!",
        _ => null,
    };
}
