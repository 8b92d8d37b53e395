using System.Text;
using Panicle.Symbols.Types;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// A type of DWARF. It keeps the place of its entry; what that refers to is read on first use. Where the entry is damaged the
/// type has what could be read, and says so.
/// </summary>
internal sealed class DwarfType : KernelType
{
    private readonly DwarfTypes _owner;
    private readonly DieReference _die;
    private readonly ulong _ownSize;
    private readonly int _encoding;
    private readonly AttributeValue _type;
    private readonly AttributeValue _signature;
    private KernelType? _target;
    private ulong[]? _counts;
    private TypeMember[]? _members;
    private Enumerator[]? _enumerators;
    private TypeParameter[]? _parameters;
    private DwarfException? _problem;

    public DwarfType(DwarfTypes owner, DieReference reference)
    {
        _owner = owner;
        _die = reference;
        Name = "";
        try
        {
            var die = reference.Open();
            AttributeValue name = default;
            foreach (var (attribute, value) in die.Attributes)
                switch (attribute)
                {
                    case DwarfAttribute.Name:
                        name = value;
                        break;
                    case DwarfAttribute.ByteSize:
                        _ownSize = value.IsBlock ? 0 : value.Raw;
                        break;
                    case DwarfAttribute.Encoding:
                        _encoding = (int)(value.Raw & 0xff);
                        break;
                    case DwarfAttribute.Type:
                        _type = value;
                        break;
                    case DwarfAttribute.Declaration:
                        IsDeclaration = value.IsSet;
                        break;
                    case DwarfAttribute.Signature:
                        _signature = value;
                        break;
                }
            TagKind = DwarfTypeKind.Of(die.Tag, _encoding);
            IsDeclaration &= TagKind is TypeKind.Struct or TypeKind.Union or TypeKind.Enum;
            Name = TagKind == TypeKind.Qualifier ? DwarfTypeKind.Qualifier(die.Tag) : Encoding.UTF8.GetString(name.Text);
        }
        catch (DwarfException problem)
        {
            _problem = problem;
        }
    }

    /// <summary>Whether it only says that there is such a type.</summary>
    public bool IsDeclaration { get; }

    /// <summary>The type unit that has the definition, if the entry only refers to it.</summary>
    public DwarfType? OfSignature => _signature.Exists ? _owner.Type(_signature.Reference) : null;

    public override TypeKind Kind => IsDeclaration ? TypeKind.Forward : TagKind;

    public override TypeKind TagKind { get; }

    public override string Name { get; }

    public override TypeOrigin Origin => _owner.Origin;

    public override string? Problem => _problem?.Message;

    public override ulong Size => TypeSize.Of(this, _owner.File.Limits.MaxDepth);

    internal override ulong StatedSize => Kind == TypeKind.Pointer && _ownSize == 0 ? (ulong)_die.Unit.AddressSize : _ownSize;

    public override KernelType? Target => Kind switch
    {
        TypeKind.Pointer or TypeKind.Typedef or TypeKind.Qualifier or TypeKind.Function =>
            _target ??= Try(() => _owner.TargetOf(_type), _owner.Void),
        TypeKind.Array => _target ??= Try(ElementType, _owner.Void),
        _ => null,
    };

    public override ulong Count => Kind == TypeKind.Array && Counts is [var first, ..] ? first : 0;

    public override bool IsSigned => Kind switch
    {
        TypeKind.Int => _encoding is DwarfTypeKind.Signed or DwarfTypeKind.SignedChar,
        TypeKind.Enum => IsSignedEnum(),
        _ => false,
    };

    public override bool IsChar => Kind == TypeKind.Int && _ownSize == 1
        && _encoding is DwarfTypeKind.SignedChar or DwarfTypeKind.UnsignedChar or DwarfTypeKind.Utf;

    public override bool IsBool => Kind == TypeKind.Int && _encoding == DwarfTypeKind.Boolean;

    public override IReadOnlyList<TypeMember> Members => Kind is TypeKind.Struct or TypeKind.Union
        ? _members ??= ReadMembers()
        : [];

    public override IReadOnlyList<Enumerator> Enumerators =>
        Kind == TypeKind.Enum ? _enumerators ??= Try(ReadEnumerators, []) : [];

    public override IReadOnlyList<TypeParameter> Parameters =>
        Kind == TypeKind.Function ? _parameters ??= Try(ReadParameters, []) : [];

    private ulong[] Counts => _counts ??= Try(() => ArrayBounds.Read(_die), [0]);

    private TypeMember[] ReadMembers()
    {
        var members = MemberReader.Read(_owner, _die, out var problem);
        _problem ??= problem;
        return members;
    }

    // int a[2][3] is one entry with two subranges.
    private KernelType ElementType()
    {
        var element = _owner.TargetOf(_type);
        for (var i = Counts.Length - 1; i > 0; i--)
            element = TypeCatalog.ArrayOf(element, Counts[i]);
        return element;
    }

    private bool IsSignedEnum()
    {
        // gcc says what integer it is; else the values tell.
        if (_type.Exists)
            return Try(() => _owner.TargetOf(_type), _owner.Void).Strip() is { Kind: TypeKind.Int, IsSigned: true };
        foreach (var value in Enumerators)
            if (value.Value < 0)
                return true;
        return false;
    }

    private Enumerator[] ReadEnumerators()
    {
        var values = new List<Enumerator>();
        var die = _die.Open();
        while (die.Read() && die.Depth >= 1 && values.Count < _owner.File.Limits.MaxElements)
        {
            // A number of DW_FORM_data1 to 8 is one of an unsigned enum; negative ones are DW_FORM_sdata.
            if (die.Tag == DwarfTag.Enumerator)
                values.Add(new(
                    Encoding.UTF8.GetString(die.Get(DwarfAttribute.Name).Text), (long)die.Get(DwarfAttribute.ConstValue).Raw));
            die.SkipChildren();
        }
        return [.. values];
    }

    private TypeParameter[] ReadParameters()
    {
        var parameters = new List<TypeParameter>();
        var die = _die.Open();
        while (die.Read() && die.Depth >= 1 && parameters.Count < _owner.File.Limits.MaxElements)
        {
            if (die.Tag == DwarfTag.FormalParameter)
                parameters.Add(new(
                    Encoding.UTF8.GetString(die.Get(DwarfAttribute.Name).Text), _owner.TargetOf(die.Get(DwarfAttribute.Type))));
            else if (die.Tag == DwarfTag.UnspecifiedParameters)
                parameters.Add(new("...", _owner.Void));
            die.SkipChildren();
        }
        return [.. parameters];
    }

    private T Try<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (DwarfException problem)
        {
            _problem = problem;
            return otherwise;
        }
    }
}
