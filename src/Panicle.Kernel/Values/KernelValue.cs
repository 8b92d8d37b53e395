using System.Text;
using Panicle.Dumps;
using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>What values are read with: memory, types and limits.</summary>
/// <param name="Memory">Memory that addresses refer to.</param>
/// <param name="Types">The kernel's types.</param>
/// <param name="Limits">Bounds on what is read.</param>
public sealed record ValueContext(IMemory Memory, TypeCatalog Types, Limits Limits);

/// <summary>
/// A typed value of the crashed kernel: an object at an address, or a computed number. Nothing is read until its
/// content is asked for. <c>task["mm"]["pgd"]</c> follows pointers as C's <c>-></c> does. Members that don't exist and
/// memory that can't be read throw <see cref="KernelReadException"/>.
/// </summary>
public readonly struct KernelValue
{
    private readonly ulong _word; // The address, or the number itself if _isNumber.
    private readonly bool _isNumber;
    private readonly uint _bitShift;
    private readonly uint _bitSize;

    private KernelValue(ValueContext context, KernelType type, ulong word, bool isNumber, uint bitShift, uint bitSize)
    {
        Context = context;
        Type = type;
        _word = word;
        _isNumber = isNumber;
        _bitShift = bitShift;
        _bitSize = bitSize;
    }

    /// <summary>An object of a type at an address.</summary>
    public static KernelValue At(ValueContext context, KernelType type, ulong address) =>
        new(context, type, address, false, 0, 0);

    /// <summary>A number of a type, which lies nowhere (the result of a cast or computation).</summary>
    public static KernelValue Number(ValueContext context, KernelType type, ulong number) =>
        new(context, type, number, true, 0, 0);

    /// <summary>What the value is read with.</summary>
    public ValueContext Context { get; }

    /// <summary>Its type as declared, typedefs and qualifiers included.</summary>
    public KernelType Type { get; }

    /// <summary>Whether it lies in the kernel's memory.</summary>
    public bool HasAddress => !_isNumber;

    /// <summary>Where it lies. Throws for a computed number.</summary>
    public ulong Address => _isNumber ? throw new KernelReadException("the value has no address: it was computed") : _word;

    /// <summary>Width in bits if it is a bit-field, else 0.</summary>
    public uint BitSize => _bitSize;

    /// <summary>The member at a path ("sighand.action[3].sa"); a pointer is followed first.</summary>
    public KernelValue this[string path]
    {
        get
        {
            var structure = FollowToStructure(path);
            if (!structure.Type.TryFindMember(path, out var member))
                throw new KernelReadException($"{structure.Type.DisplayName()} has no member {path} in this kernel");
            var address = structure.Address + member.BitOffset / 8;
            return new KernelValue(Context, member.Type, address, false, (uint)(member.BitOffset % 8), member.BitSize);
        }
    }

    /// <summary>A member of this structure or union, as its type lists it.</summary>
    public KernelValue Member(TypeMember member) =>
        new(Context, member.Type, Address + member.BitOffset / 8, false, (uint)(member.BitOffset % 8), member.BitSize);

    /// <summary>The element of an array, or of the array that a pointer points to.</summary>
    public KernelValue this[long index]
    {
        get
        {
            var type = Type.Strip();
            if (type.Kind is not (TypeKind.Array or TypeKind.Pointer) || type.Target is not { } element)
                throw new KernelReadException($"{Type.DisplayName()} can't be indexed");
            var start = type.Kind == TypeKind.Array ? Address : ToUInt64();
            var size = element.Size == 0 ? 1 : element.Size;
            return At(Context, element, start + (ulong)index * size);
        }
    }

    /// <summary>Whether the structure (or what the pointer points to) has a member at this path in this kernel.</summary>
    public bool Has(string path)
    {
        var type = Type.Strip();
        if (type.Kind == TypeKind.Pointer)
            type = type.Target?.Strip();
        return type is not null && type.TryFindMember(path, out _);
    }

    /// <summary>The object that a pointer points to, or an array's first element. It is read when its members are.</summary>
    public KernelValue Dereference()
    {
        var type = Type.Strip();
        if (type.Kind == TypeKind.Array && type.Target is { } element)
            return At(Context, element, Address);
        if (type.Kind != TypeKind.Pointer)
            throw new KernelReadException($"{Type.DisplayName()} is not a pointer");
        return At(
            Context, type.Target ?? throw new KernelReadException("a void pointer can't be followed; cast it first"), ToUInt64());
    }

    /// <summary>A pointer to this object, as C's <c>&amp;</c> makes it; nothing is read.</summary>
    public KernelValue AddressOf() => Number(Context, TypeCatalog.PointerTo(Type), Address);

    /// <summary>The same bytes (or number) seen as another type.</summary>
    public KernelValue Cast(KernelType type)
    {
        var target = type.Strip();
        return target.Kind is TypeKind.Struct or TypeKind.Union or TypeKind.Array && !_isNumber
            ? At(Context, type, Address)
            : Number(Context, type, Truncate(ToUInt64(), target));
    }

    /// <summary>The structure of which this object is the named member (the kernel's <c>container_of</c>).</summary>
    public KernelValue ContainerOf(string structure, string member)
    {
        var (type, offset) = Context.Types.RequiredMember(structure, member);
        return At(Context, type, Address - offset);
    }

    /// <summary>
    /// The number: an integer, enum, boolean, bit-field or pointer, sign-extended to 64 bits if its type is signed.
    /// </summary>
    public ulong ToUInt64()
    {
        var type = Type.Strip();
        if (type.Kind is TypeKind.Array or TypeKind.Function)
            return Address; // They decay to the address of the first element, or of the code.
        if (_isNumber)
            return _word;
        if (type.Kind is not (TypeKind.Int or TypeKind.Enum or TypeKind.Pointer or TypeKind.Float))
            throw new KernelReadException($"{Type.DisplayName()} is not a number");
        return ReadNumber(type);
    }

    /// <summary>The number as a signed one.</summary>
    public long ToInt64() => (long)ToUInt64();

    /// <summary>The number as a 32-bit one; higher bits are dropped.</summary>
    public int ToInt32() => unchecked((int)ToUInt64());

    /// <summary>Whether the number or pointer is not zero.</summary>
    public bool IsTrue => ToUInt64() != 0;

    /// <summary>The text in a <c>char</c> array, or that a <c>char *</c> points to, up to its NUL.</summary>
    public string ToText()
    {
        var type = Type.Strip();
        return type.Kind switch
        {
            TypeKind.Array => ReadCharArray(type),
            TypeKind.Pointer => Context.Memory.ReadString(ToUInt64(), Context.Limits.MaxStringLength, Type.DisplayName()),
            _ => throw new KernelReadException($"{Type.DisplayName()} is not a string"),
        };
    }

    /// <summary>The object's bytes as they lie in memory.</summary>
    public byte[] ToBytes() => Context.Memory.ReadBlock(Address, Type.Size, Context.Limits, Type.DisplayName());

    private string ReadCharArray(KernelType array)
    {
        var length = (int)Math.Min(array.Count == 0 ? 4096 : array.Count, (ulong)Context.Limits.MaxStringLength);
        if (array.Count == 0)
            return Context.Memory.ReadString(Address, length, Type.DisplayName());
        var bytes = new byte[length];
        Context.Memory.Read(Address, bytes, Type.DisplayName());
        var end = Array.IndexOf(bytes, (byte)0);
        return Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
    }

    private KernelValue FollowToStructure(string member)
    {
        var value = this;
        var type = Type.Strip();
        if (type.Kind == TypeKind.Pointer)
        {
            value = Dereference();
            type = Context.Types.Complete(value.Type.Strip());
            if (value.Address == 0)
                throw new KernelReadException($"can't read {member}: the {type.DisplayName()} pointer is NULL");
        }
        return type.Kind is TypeKind.Struct or TypeKind.Union
            ? At(Context, type, value.Address)
            : throw new KernelReadException($"{Type.DisplayName()} has no members");
    }

    private ulong ReadNumber(KernelType type)
    {
        var size = (int)type.Size;
        if (size is < 1 or > 8)
            throw new KernelReadException($"{Type.DisplayName()}: a number of {size} bytes can't be read");
        // A bit-field may straddle its type's size by its starting byte.
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..(_bitSize == 0 ? size : (int)((_bitShift + _bitSize + 7) / 8))];
        Context.Memory.Read(_word, bytes, Type.DisplayName());
        var words = Context.Memory.Words;
        if (_bitSize == 0)
            return Truncate(words.ReadNumber(bytes), type);
        // Bits are counted from the end at which a machine's bytes begin.
        var shift = words.IsBigEndian ? bytes.Length * 8 - (int)(_bitShift + _bitSize) : (int)_bitShift;
        if (words.IsBigEndian)
            bytes.Reverse();
        var number = new WordFormat(IsBigEndian: false, 8).ReadNumber(bytes[..Math.Min(bytes.Length, 8)]) >> shift;
        if (shift > 0 && bytes.Length > 8)
            number |= (ulong)bytes[8] << (64 - shift);
        return SignExtend(number, (int)_bitSize, type.IsSigned);
    }

    private static ulong Truncate(ulong number, KernelType type) =>
        type.Kind is TypeKind.Int or TypeKind.Enum && type.Size is >= 1 and < 8
            ? SignExtend(number, (int)type.Size * 8, type.IsSigned)
            : number;

    private static ulong SignExtend(ulong number, int bits, bool isSigned)
    {
        var shift = 64 - bits;
        return isSigned ? (ulong)((long)(number << shift) >> shift) : number << shift >> shift;
    }
}
