using System.Buffers.Binary;
using Panicle.Symbols.Types;

namespace Panicle.Symbols.Btf;

/// <summary>A type of a BTF blob. It keeps its record; what the record refers to is looked up on first use.</summary>
internal sealed class BtfType : KernelType
{
    // Panicle reads kernels of 64 bits.
    private const ulong PointerBytes = 8;

    private readonly BtfTypes _owner;
    private readonly int _id;
    private readonly BtfRecord _record;
    private readonly uint _intBits;
    private TypeMember[]? _members;
    private Enumerator[]? _enumerators;
    private TypeParameter[]? _parameters;

    public BtfType(BtfTypes owner, int id, BtfRecord record)
    {
        _owner = owner;
        _id = id;
        _record = record;
        Kind = BtfTypes.KindOf(record.Kind);
        Name = NameOf(owner, record);
        _intBits = record.Kind == BtfKind.Int ? Word(0) : 0;
    }

    public override TypeKind Kind { get; }

    public override string Name { get; }

    public override TypeOrigin Origin => _owner.Origin;

    public override TypeKind TagKind =>
        _record.Kind == BtfKind.Forward ? (_record.Flag ? TypeKind.Union : TypeKind.Struct) : Kind;

    public override ulong Size => TypeSize.Of(this, _owner.Limits.MaxDepth);

    // A pointer's record has its target there.
    internal override ulong StatedSize => Kind == TypeKind.Pointer ? PointerBytes : _record.SizeOrType;

    public override KernelType? Target => _record.Kind switch
    {
        BtfKind.Array => _owner.Type(Word(0)) ?? _owner.Void,
        BtfKind.Pointer or BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag
            or BtfKind.Prototype => _owner.Type(_record.SizeOrType) ?? _owner.Void,
        _ => null,
    };

    public override ulong Count => _record.Kind == BtfKind.Array ? Word(8) : 0;

    // An enum's flag is set if it is signed; the flag is newer than enums, and the values decide where it is missing.
    public override bool IsSigned => _record.Kind switch
    {
        BtfKind.Int => (IntEncoding & 1) != 0,
        BtfKind.Enum or BtfKind.Enum64 => _record.Flag || HasNegativeValue(),
        _ => false,
    };

    public override bool IsChar =>
        (IntEncoding & 2) != 0 || (Kind == TypeKind.Int && Name is "char" or "signed char" or "unsigned char");

    public override bool IsBool => (IntEncoding & 4) != 0;

    public override IReadOnlyList<TypeMember> Members => _members ??= ReadMembers();

    public override IReadOnlyList<Enumerator> Enumerators => _enumerators ??= ReadEnumerators();

    public override IReadOnlyList<TypeParameter> Parameters => _parameters ??= ReadParameters();

    private uint IntEncoding => (_intBits >> 24) & 0xf;

    private static string NameOf(BtfTypes owner, in BtfRecord record) => record.Kind switch
    {
        BtfKind.Const => "const",
        BtfKind.Volatile => "volatile",
        BtfKind.Restrict => "restrict",
        // As the kernel's sources spell it: __user, __rcu, __percpu.
        BtfKind.TypeTag => "__" + owner.Name(record.NameOffset),
        BtfKind.Pointer or BtfKind.Array or BtfKind.Prototype => "",
        _ => owner.Name(record.NameOffset),
    };

    private TypeMember[] ReadMembers()
    {
        if (_record.Kind is not (BtfKind.Struct or BtfKind.Union) || _record.Count == 0)
            return [];
        var members = new TypeMember[_record.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var name = _owner.Name(Word(i * 12));
            var type = _owner.Type(Word((i * 12) + 4)) ?? _owner.Void;
            var place = Word((i * 12) + 8);
            members[i] = _record.Flag
                ? new TypeMember(name, type, place & 0xffffff, place >> 24)
                : OldStyle(name, type, place);
        }
        return members;
    }

    /// <summary>Without the flag a bit-field's width and shift are its integer type's.</summary>
    private static TypeMember OldStyle(string name, KernelType type, uint bitOffset)
    {
        if (type is not BtfType { _record.Kind: BtfKind.Int } integer)
            return new TypeMember(name, type, bitOffset, 0);
        uint bits = integer._intBits & 0xff, shift = (integer._intBits >> 16) & 0xff;
        var isWhole = bits == integer._record.SizeOrType * 8 && shift == 0 && bitOffset % 8 == 0;
        return new TypeMember(name, type, bitOffset + shift, isWhole ? 0 : bits);
    }

    private Enumerator[] ReadEnumerators()
    {
        if (_record.Kind is not (BtfKind.Enum or BtfKind.Enum64) || _record.Count == 0)
            return [];
        var isWide = _record.Kind == BtfKind.Enum64;
        var step = isWide ? 12 : 8;
        var values = new Enumerator[_record.Count];
        for (var i = 0; i < values.Length; i++)
        {
            long value = isWide
                ? (long)(Word((i * step) + 4) | ((ulong)Word((i * step) + 8) << 32))
                : (int)Word((i * step) + 4);
            // Where the flag is in use, an enum without it is unsigned; older BTF doesn't tell and means signed values.
            if (!isWide && value < 0 && !_record.Flag && _owner.MarksSignedEnums)
                value = (uint)value;
            values[i] = new Enumerator(_owner.Name(Word(i * step)), value);
        }
        return values;
    }

    private bool HasNegativeValue()
    {
        foreach (var value in Enumerators)
            if (value.Value < 0)
                return true;
        return false;
    }

    private TypeParameter[] ReadParameters()
    {
        if (_record.Kind != BtfKind.Prototype || _record.Count == 0)
            return [];
        var parameters = new TypeParameter[_record.Count];
        for (var i = 0; i < parameters.Length; i++)
        {
            uint name = Word(i * 8), type = Word((i * 8) + 4);
            var isVariadicTail = name == 0 && type == 0 && i == parameters.Length - 1;
            parameters[i] = new TypeParameter(isVariadicTail ? "..." : _owner.Name(name), _owner.Type(type) ?? _owner.Void);
        }
        return parameters;
    }

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_owner.Extra(_id)[offset..]);
}
