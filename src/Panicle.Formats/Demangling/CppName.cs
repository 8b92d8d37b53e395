using System.Globalization;

namespace Panicle.Formats.Demangling;

/// <summary>
/// C++ names as GCC and clang mangle them (Itanium C++ ABI, 5.1): functions, variables, virtual tables, templates. Expressions in
/// template arguments, but for numbers and names, aren't read: such a name stays as it is. The text has the form of binutils'
/// <c>-C</c>.
/// </summary>
internal sealed class CppName
{
    private const int MostParts = 4096;

    private readonly string _name;
    private readonly List<CppNode> _substitutions = [];
    private IReadOnlyList<CppNode> _arguments = [];
    private int _inType;

    // For each remembered part the function whose arguments are in it; 0 if none.
    private readonly List<int> _owners = [];
    private int _function;
    private int _functions;
    private int _uses;
    private int _at;
    private int _depth;
    private int _steps;

    private CppName(string name, int start)
    {
        _name = name;
        _at = start;
    }

    /// <summary>The source's name; null if the name isn't such a one or has something in it that isn't read.</summary>
    public static string? TryDemangle(string name)
    {
        var start = name.StartsWith("_Z", StringComparison.Ordinal)
            ? 2
            : name.StartsWith("__Z", StringComparison.Ordinal) ? 3 : -1;
        if (start < 0)
            return null;
        try
        {
            var reader = new CppName(name, start);
            var node = reader.Encoding(isTopmost: true);
            var writer = new CppWriter();
            writer.Write(node);
            foreach (var clone in reader.Clones())
                writer.Write($" [clone {clone}]");
            return reader._at == name.Length ? writer.ToString() : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static FormatException Bad() => new();

    private char Peek => _at < _name.Length ? _name[_at] : '\0';

    private char After => _at + 1 < _name.Length ? _name[_at + 1] : '\0';

    private char Next() => _at < _name.Length ? _name[_at++] : throw Bad();

    private bool Take(char wanted)
    {
        if (Peek != wanted)
            return false;
        _at++;
        return true;
    }

    private bool Take(string wanted)
    {
        if (string.CompareOrdinal(_name, _at, wanted, 0, wanted.Length) != 0)
            return false;
        _at += wanted.Length;
        return true;
    }

    private void Expect(char wanted)
    {
        if (!Take(wanted))
            throw Bad();
    }

    private void Enter()
    {
        if (++_depth > NameDemangler.MostDepth || ++_steps > NameDemangler.MostSteps)
            throw Bad();
    }

    private CppNode Remember(CppNode node)
    {
        if (_substitutions.Count == MostParts)
            throw Bad();
        _substitutions.Add(node);
        _owners.Add(0);
        return node;
    }

    // ".isra.0", ".constprop.0.cold": letters, then numbers.
    private IEnumerable<string> Clones()
    {
        while (Peek == '.' && (char.IsAsciiLetterLower(After) || After == '_'))
        {
            var start = _at++;
            while (char.IsAsciiLetterLower(Peek) || Peek == '_')
                _at++;
            while (Peek == '.' && char.IsAsciiDigit(After))
                for (_at++; char.IsAsciiDigit(Peek);)
                    _at++;
            yield return _name[start.._at];
        }
    }

    /// <param name="isTopmost">Whether a function's result is shown: not for one that only names a scope.</param>
    private CppNode Encoding(bool isTopmost)
    {
        Enter();
        var node = Peek is 'T' or 'G' ? Special() : Function(isTopmost);
        _depth--;
        return node;
    }

    private CppNode Function(bool isTopmost)
    {
        // Within a type too, a function's parameters stand for its own arguments.
        var (outer, inType, function) = (_arguments, _inType, _function);
        (_arguments, _inType, _function) = ([], 0, ++_functions);
        var name = Name(out var suffix);
        var isData = _at == _name.Length || Peek is 'E' or '.';
        var result = !isData && HasResult(name) ? Type() : null;
        var parameters = isData ? [] : Parameters();
        (_arguments, _inType, _function) = (outer, inType, function);
        if (isData)
            return suffix.Length == 0 ? name : throw Bad();
        return new CppEncoding(name, new CppFunction(isTopmost ? result : null, parameters, suffix));
    }

    // An instance of a template says what it returns, unless it is a constructor, destructor or conversion.
    private static bool HasResult(CppNode name) => name switch
    {
        CppNested nested => HasResult(nested.Name),
        CppTagged tagged => tagged.Parts.All(HasResult),
        CppTemplate template => !IsWithoutResult(template.Name),
        _ => false,
    };

    private static bool IsWithoutResult(CppNode name) => name switch
    {
        CppNested nested => IsWithoutResult(nested.Name),
        CppTagged tagged => tagged.Parts.All(IsWithoutResult),
        _ => name is CppStructor or CppConversion,
    };

    private List<CppNode> Parameters()
    {
        var parameters = new List<CppNode>();
        while (_at < _name.Length && Peek is not ('E' or '.') && !(Peek is 'R' or 'O' && After == 'E'))
        {
            parameters.Add(Type());
            if (parameters.Count > MostParts)
                throw Bad();
        }
        if (parameters.Count == 0)
            throw Bad();
        return parameters is [CppText { LastName: "void" }] ? [] : parameters;
    }

    private CppNode Special()
    {
        if (Take("TV"))
            return new CppJoined(new CppText("vtable for "), Type());
        if (Take("TT"))
            return new CppJoined(new CppText("VTT for "), Type());
        if (Take("TI"))
            return new CppJoined(new CppText("typeinfo for "), Type());
        if (Take("TS"))
            return new CppJoined(new CppText("typeinfo name for "), Type());
        if (Take("TW"))
            return new CppJoined(new CppText("TLS wrapper function for "), Name(out _));
        if (Take("TH"))
            return new CppJoined(new CppText("TLS init function for "), Name(out _));
        if (Take("GV"))
            return new CppJoined(new CppText("guard variable for "), Name(out _));
        if (Take("GTt"))
            return new CppJoined(new CppText("transaction clone for "), Encoding(isTopmost: true));
        if (Take("GTn"))
            return new CppJoined(new CppText("non-transaction clone for "), Encoding(isTopmost: true));
        if (Take("GR"))
        {
            var name = Name(out _);
            return new CppJoined(new CppText($"reference temporary #{Sequence()} for "), name);
        }
        if (Take("TC"))
        {
            var derived = Type();
            Number();
            Expect('_');
            return new CppJoined(new CppText("construction vtable for "), Type(), new CppText("-in-"), derived);
        }
        if (Take("Tc"))
        {
            CallOffset(Next());
            CallOffset(Next());
            return new CppJoined(new CppText("covariant return thunk to "), Encoding(isTopmost: true));
        }
        if (Take('T') && Peek is 'h' or 'v')
        {
            var kind = Next();
            CallOffset(kind);
            return new CppJoined(
                new CppText(kind == 'h' ? "non-virtual thunk to " : "virtual thunk to "), Encoding(isTopmost: true));
        }
        throw Bad();
    }

    private void CallOffset(char kind)
    {
        if (kind is not ('h' or 'v'))
            throw Bad();
        Number();
        Expect('_');
        if (kind == 'v')
        {
            Number();
            Expect('_');
        }
    }

    private long Number()
    {
        var isNegative = Take('n');
        var start = _at;
        while (char.IsAsciiDigit(Peek))
            _at++;
        if (!long.TryParse(_name.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            throw Bad();
        return isNegative ? -value : value;
    }

    // Base 36; nothing before the underscore is 0, and each number one more than its digits say.
    private int Sequence()
    {
        if (Take('_'))
            return 0;
        var value = 0L;
        while (!Take('_'))
        {
            value = value * 36 + Next() switch
            {
                >= '0' and <= '9' and var digit => digit - '0',
                >= 'A' and <= 'Z' and var letter => letter - 'A' + 10,
                _ => throw Bad(),
            };
            if (value > int.MaxValue)
                throw Bad();
        }
        return (int)value + 1;
    }

    // The same with decimal digits.
    private int Count()
    {
        if (Take('_'))
            return 0;
        var value = Number();
        Expect('_');
        return value is >= 0 and < MostParts ? (int)value + 1 : throw Bad();
    }

    private string SourceName()
    {
        var length = Number();
        if (length <= 0 || length > _name.Length - _at)
            throw Bad();
        var name = _name.Substring(_at, (int)length);
        _at += (int)length;
        return name.StartsWith("_GLOBAL_", StringComparison.Ordinal) && name.Length > 10 && name[9] == 'N'
            ? "(anonymous namespace)"
            : name;
    }

    /// <param name="suffix">What a member function's qualifiers are: <c> const</c>.</param>
    private CppNode Name(out string suffix)
    {
        Enter();
        suffix = "";
        CppNode name;
        if (Peek == 'N')
            name = Nested(out suffix);
        else if (Peek == 'Z')
            name = Local(out suffix);
        else if (Peek == 'S' && After != 't')
        {
            name = Substitution();
            if (Peek != 'I')
                throw Bad();
            name = new CppTemplate(name, TemplateArguments(isOfName: true));
        }
        else
        {
            name = Take("St") ? new CppNested(new CppText("std"), Unqualified(null)) : Unqualified(null);
            if (Peek == 'I')
            {
                Remember(name);
                name = new CppTemplate(name, TemplateArguments(isOfName: true));
            }
        }
        _depth--;
        return name;
    }

    private CppNode Nested(out string suffix)
    {
        Expect('N');
        suffix = Qualifiers();
        if (Take('R'))
            suffix += " &";
        else if (Take('O'))
            suffix += " &&";
        CppNode? name = null;
        while (!Take('E'))
        {
            var isKnown = false;
            if (Peek == 'S' && After != 't')
            {
                if (name is not null)
                    throw Bad();
                name = Substitution();
                // A constructor's class is shown in full.
                if (name is CppAbbreviation known && Peek is 'C' or 'D' && After is >= '0' and <= '9')
                    name = known.Full;
                isKnown = true;
            }
            else if (Peek == 'S')
            {
                _at += 2;
                name = name is null ? new CppText("std") : throw Bad();
                isKnown = true;
            }
            else if (Peek == 'I')
                name = new CppTemplate(name ?? throw Bad(), TemplateArguments(isOfName: true));
            else if (Peek == 'T' && name is null)
                name = TemplateParameter();
            else if (Peek == 'D' && After is 't' or 'T')
                throw Bad();
            else
            {
                var part = Unqualified(name);
                name = name is null ? part : new CppNested(name, part);
            }
            // What the whole name is, isn't remembered.
            if (!isKnown && Peek != 'E')
                Remember(name);
        }
        return name ?? throw Bad();
    }

    private CppNode Local(out string suffix)
    {
        Expect('Z');
        suffix = "";
        var function = Encoding(isTopmost: false);
        Expect('E');
        CppNode entity;
        if (Take('s'))
        {
            Discriminator();
            return new CppNested(function, new CppText("string literal"));
        }
        if (Take('d'))
        {
            var number = Count();
            entity = new CppNested(new CppText($"{{default arg#{number + 1}}}"), Name(out suffix));
            return new CppNested(function, entity);
        }
        entity = Name(out suffix);
        Discriminator();
        return new CppNested(function, entity);
    }

    private void Discriminator()
    {
        if (!Take('_'))
            return;
        if (Take('_'))
        {
            Number();
            Expect('_');
        }
        else if (!char.IsAsciiDigit(Next()))
            throw Bad();
    }

    /// <param name="scope">What it is in: constructors have its name.</param>
    private CppNode Unqualified(CppNode? scope)
    {
        Enter();
        Take('L'); // only of this file
        CppNode name;
        if (char.IsAsciiDigit(Peek))
            name = new CppText(SourceName());
        else if (Peek == 'C' && After is >= '1' and <= '5' || Peek == 'D' && After is >= '0' and <= '5')
        {
            var isDestructor = Next() == 'D';
            _at++;
            name = new CppStructor(scope?.LastName ?? throw Bad(), isDestructor);
        }
        else if (Take("Ut"))
            name = new CppText($"{{unnamed type#{Count() + 1}}}");
        else if (Take("Ul"))
        {
            var parameters = Parameters();
            Expect('E');
            var number = Count() + 1;
            name = new CppJoined(new CppText("{lambda"), new CppFunction(null, parameters, $"#{number}}}"));
        }
        else
            name = Operator();
        while (Take('B'))
            name = new CppTagged(name, SourceName());
        _depth--;
        return name;
    }

    private CppNode Operator()
    {
        if (Take("cv"))
            return new CppConversion(Type());
        if (Take("li"))
            return new CppText($"operator\"\" {SourceName()}");
        var text = CppOperators.TextOf(Next(), Next()) ?? throw Bad();
        return new CppText(char.IsAsciiLetter(text[0]) ? $"operator {text}" : $"operator{text}");
    }

    /// <param name="isOfName">Whether parameters in what follows stand for these arguments.</param>
    private IReadOnlyList<CppNode> TemplateArguments(bool isOfName)
    {
        Enter();
        Expect('I');
        var arguments = new List<CppNode>();
        var outer = _arguments;
        while (!Take('E'))
        {
            arguments.Add(TemplateArgument());
            if (arguments.Count > MostParts)
                throw Bad();
        }
        _arguments = outer;
        // Names within types have arguments too, but what parameters stand for is said by the function's own.
        if (isOfName && _inType == 0)
            _arguments = arguments;
        _depth--;
        return arguments;
    }

    private CppNode TemplateArgument()
    {
        if (Take('J'))
        {
            var elements = new List<CppNode>();
            while (!Take('E'))
                elements.Add(TemplateArgument());
            return new CppPack(elements);
        }
        return Peek switch
        {
            'L' => Literal(),
            'X' => throw Bad(),
            _ => Type(),
        };
    }

    private CppNode Literal()
    {
        Enter();
        Expect('L');
        CppNode value;
        if (Take("_Z") || Take("Z"))
        {
            value = Encoding(isTopmost: true);
            Expect('E');
        }
        else
        {
            var code = Peek;
            var type = Type();
            var start = _at;
            var isNegative = Take('n');
            while (char.IsAsciiDigit(Peek))
                _at++;
            var digits = _name[(isNegative ? start + 1 : start).._at];
            Expect('E');
            if (digits.Length == 0)
                throw Bad();
            var number = isNegative ? "-" + digits : digits;
            value = code switch
            {
                'b' when digits is "0" or "1" => new CppText(digits == "1" ? "true" : "false"),
                'i' => new CppText(number),
                'j' => new CppText(number + "u"),
                'l' => new CppText(number + "l"),
                'm' => new CppText(number + "ul"),
                'x' => new CppText(number + "ll"),
                'y' => new CppText(number + "ull"),
                'd' or 'f' or 'e' or 'D' => throw Bad(),
                _ => new CppJoined(new CppText("("), type, new CppText(")" + number)),
            };
        }
        _depth--;
        return value;
    }

    private CppNode TemplateParameter()
    {
        Expect('T');
        var index = Count();
        _uses++;
        // One that is only said later, as a conversion's may be, isn't read.
        return index < _arguments.Count ? _arguments[index] : throw Bad();
    }

    private CppNode Substitution()
    {
        Expect('S');
        CppNode? known = Peek switch
        {
            'a' => new CppAbbreviation("std::allocator", "std::allocator", "allocator"),
            'b' => new CppAbbreviation("std::basic_string", "std::basic_string", "basic_string"),
            's' => new CppAbbreviation("std::string", "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
                "basic_string"),
            'i' => new CppAbbreviation("std::istream", "std::basic_istream<char, std::char_traits<char> >", "basic_istream"),
            'o' => new CppAbbreviation("std::ostream", "std::basic_ostream<char, std::char_traits<char> >", "basic_ostream"),
            'd' => new CppAbbreviation("std::iostream", "std::basic_iostream<char, std::char_traits<char> >", "basic_iostream"),
            _ => null,
        };
        if (known is not null)
        {
            _at++;
            if (Peek != 'B')
                return known;
            while (Take('B'))
                known = new CppTagged(known, SourceName());
            return Remember(known);
        }
        var index = Sequence();
        // What has another function's parameters in it would now stand for this one's.
        return index < _substitutions.Count && (_owners[index] == 0 || _owners[index] == _function)
            ? _substitutions[index]
            : throw Bad();
    }

    private string Qualifiers()
    {
        var text = "";
        var (isRestrict, isVolatile, isConst) = (Take('r'), Take('V'), Take('K'));
        text += isRestrict ? " restrict" : "";
        text += isVolatile ? " volatile" : "";
        return text + (isConst ? " const" : "");
    }

    private CppNode Type()
    {
        Enter();
        _inType++;
        var (first, uses) = (_substitutions.Count, _uses);
        var node = TypeOnly();
        for (var i = first; _uses > uses && i < _owners.Count; i++)
            _owners[i] = _owners[i] == 0 ? _function : _owners[i];
        _inType--;
        _depth--;
        return node;
    }

    private CppNode TypeOnly()
    {
        var code = Peek;
        if (CppOperators.BuiltIn(code) is { } builtIn)
        {
            _at++;
            return new CppText(builtIn);
        }
        switch (code)
        {
            case 'r' or 'V' or 'K':
                var qualifiers = Qualifiers();
                // Of a member function's type they are a part.
                if (Peek == 'F' || Peek == 'D' && After is 'o' or 'O' or 'w' or 'x')
                    return Remember(FunctionType(qualifiers));
                return Remember(new CppQualified(Type(), qualifiers));
            case 'P':
                _at++;
                return Remember(new CppPointer(Type(), "*"));
            case 'R':
                _at++;
                return Remember(new CppPointer(Type(), "&"));
            case 'O':
                _at++;
                return Remember(new CppPointer(Type(), "&&"));
            case 'C':
                _at++;
                return Remember(new CppJoined(Type(), new CppText(" _Complex")));
            case 'F':
                return Remember(FunctionType(""));
            case 'A':
                return Remember(ArrayType());
            case 'M':
                _at++;
                var owner = Type();
                return Remember(new CppMemberPointer(owner, Type()));
            case 'T' when After is not ('s' or 'u' or 'e'):
                var parameter = Remember(TemplateParameter());
                return Peek == 'I' ? Remember(new CppTemplate(parameter, TemplateArguments(isOfName: false))) : parameter;
            case 'S' when After != 't':
                var known = Substitution();
                return Peek == 'I' ? Remember(new CppTemplate(known, TemplateArguments(isOfName: false))) : known;
            case 'D':
                return Extended();
            case 'u':
                _at++;
                return Remember(new CppText(SourceName()));
            case 'N' or 'Z' or 'S' or (>= '0' and <= '9'):
                return Remember(Name(out var suffix) is var name && suffix.Length == 0 ? name : throw Bad());
            default:
                throw Bad();
        }
    }

    private CppNode Extended()
    {
        _at++;
        switch (Next())
        {
            case 'p':
                return Remember(new CppExpansion(Type()));
            case 'o':
                _at -= 2;
                return Remember(FunctionType(""));
            case 'n':
                return new CppText("decltype(nullptr)");
            case 'a':
                return new CppText("auto");
            case 'c':
                return new CppText("decltype(auto)");
            case 'i':
                return new CppText("char32_t");
            case 's':
                return new CppText("char16_t");
            case 'u':
                return new CppText("char8_t");
            case 'd':
                return new CppText("decimal64");
            case 'e':
                return new CppText("decimal128");
            case 'f':
                return new CppText("decimal32");
            case 'h':
                return new CppText("half");
            case 'F':
                var bits = Number();
                if (Take('b'))
                    return new CppText("std::bfloat16_t");
                var isExtended = Take('x');
                if (!isExtended)
                    Expect('_');
                return new CppText($"_Float{bits}{(isExtended ? "x" : "")}");
            case 'v' when char.IsAsciiDigit(Peek):
                var count = Number();
                Expect('_');
                return Remember(new CppJoined(Type(), new CppText($" __vector({count})")));
            default:
                throw Bad();
        }
    }

    private CppFunction FunctionType(string suffix)
    {
        var exceptions = Take("Do") ? " noexcept" : "";
        Expect('F');
        Take('Y'); // extern "C"
        var result = Type();
        var parameters = Parameters();
        if (Take('R'))
            suffix += " &";
        else if (Take('O'))
            suffix += " &&";
        Expect('E');
        return new CppFunction(result, parameters, suffix + exceptions);
    }

    private CppArray ArrayType()
    {
        Expect('A');
        CppNode? length = null;
        if (char.IsAsciiDigit(Peek))
            length = new CppText(Number().ToString(CultureInfo.InvariantCulture));
        else if (Peek == 'T')
            length = TemplateParameter();
        Expect('_');
        return new CppArray(Type(), length);
    }
}
