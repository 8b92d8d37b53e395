using Panicle.Kernel.Module;
using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>Reads values with all that they contain, within bounds.</summary>
public sealed class ValueReader
{
    // gdb's own bounds: "set print elements 200", "set print repeats 10".
    internal const int MaxElements = 200;
    internal const int MinRepeats = 10;

    private const int MaxText = 200;
    private const int MaxDepth = 64;
    private const int MaxNodes = 100_000;

    private readonly KernelDump _kernel;
    private int _nodes;

    /// <summary>Creates a reader over a dump; it counts what it reads, so each value that is shown has its own.</summary>
    public ValueReader(KernelDump kernel) => _kernel = kernel;

    /// <summary>Reads a value and everything in it; pointers aren't followed, except to characters.</summary>
    public ValueNode Read(KernelValue value) => Read(value, 0);

    private ValueNode Read(KernelValue value, int depth)
    {
        if (depth > MaxDepth || ++_nodes > MaxNodes)
            return new ErrorNode("too much to show");
        try
        {
            var type = value.Context.Types.Complete(value.Type.Strip());
            return type.Kind switch
            {
                TypeKind.Struct or TypeKind.Union => ReadStruct(value, type, depth),
                TypeKind.Array => ReadArray(value, type, depth),
                TypeKind.Pointer => ReadPointer(value.ToUInt64(), type, value.Context),
                TypeKind.Enum => new EnumNode(value.ToInt64(), EnumNames.Of(type, value.ToInt64())),
                TypeKind.Int when type.IsBool => new BooleanNode(value.ToUInt64()),
                TypeKind.Int when type.Size <= 8 =>
                    new NumberNode(value.ToUInt64(), type.IsSigned, (int)type.Size * 8, type.Size == 1),
                TypeKind.Int => ReadWide(value),
                TypeKind.Function => new PointerNode(value.Address, Describe(value.Address), null, null),
                TypeKind.Forward => new ErrorNode($"incomplete type {type.DisplayName()}"),
                TypeKind.Void => new ErrorNode("void"),
                _ => new ErrorNode($"{type.DisplayName()} can't be shown"),
            };
        }
        catch (KernelReadException failure)
        {
            return new ErrorNode(failure.Message);
        }
    }

    private StructNode ReadStruct(KernelValue value, KernelType type, int depth)
    {
        var members = new List<MemberNode>(type.Members.Count);
        foreach (var member in type.Members)
            members.Add(new MemberNode(member.Name, Read(value.Member(member), depth + 1)));
        return new StructNode(members);
    }

    private ValueNode ReadArray(KernelValue value, KernelType type, int depth)
    {
        var element = type.Target!;
        var elementType = element.Strip();
        // A flexible array: only where it starts is known.
        if (type.Count == 0 || element.Size == 0)
            return ReadPointer(value.Address, type, value.Context) with { Symbol = null };
        if (IsCharacter(elementType))
            return ReadText(value, type);
        var bytes = value.Context.Memory is var memory && type.Size <= (ulong)value.Context.Limits.MaxBlock
            ? new byte[type.Size]
            : [];
        if (!memory.TryRead(value.Address, bytes, out _))
            bytes = []; // Part of it is missing: each element is read for itself, and none counts as another's repetition.
        var elements = new List<ElementNode>();
        ulong index = 0;
        while (index < type.Count && elements.Count < MaxElements)
        {
            var repeats = Repeats(bytes, index, element.Size);
            if (repeats <= MinRepeats)
                repeats = 1;
            elements.Add(new ElementNode(Read(value[(long)index], depth + 1), repeats));
            index += (ulong)repeats;
        }
        return new ArrayNode(elements, type.Count - Math.Min(index, type.Count));
    }

    // How many elements from this one on have the same bytes.
    private static long Repeats(ReadOnlySpan<byte> bytes, ulong index, ulong size)
    {
        var first = index * size;
        if ((ulong)bytes.Length < first + size)
            return 1;
        // An element equals the next one just where the bytes equal those one element further on.
        var rest = bytes[(int)first..];
        var equal = rest.CommonPrefixLength(rest[(int)size..]);
        return 1 + equal / (long)size;
    }

    private static bool IsCharacter(KernelType type) => type is { Kind: TypeKind.Int, Size: 1, IsBool: false };

    private static TextNode ReadText(KernelValue value, KernelType type)
    {
        var bytes = new byte[(int)Math.Min(type.Count, (ulong)value.Context.Limits.MaxStringLength)];
        MemoryExtensions.Read(value.Context.Memory, value.Address, bytes, type.DisplayName());
        var length = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        return new TextNode(bytes[..length], (ulong)bytes.Length < type.Count)
        {
            Zeros = bytes.Length - length,
            IsSigned = type.Target!.Strip().IsSigned,
        };
    }

    private static NumberNode ReadWide(KernelValue value)
    {
        // __int128: its low half is what there is room for; it comes first unless the machine is big-endian.
        var memory = value.Context.Memory;
        var (lowAt, highAt) = memory.Words.IsBigEndian ? (8UL, 0UL) : (0UL, 8UL);
        var low = MemoryExtensions.ReadUInt64(memory, value.Address + lowAt, value.Type.DisplayName());
        var high = MemoryExtensions.ReadUInt64(memory, value.Address + highAt, value.Type.DisplayName());
        return high == 0 ? new NumberNode(low, false, 64, false) : throw new KernelReadException($"0x{high:x}{low:x16}");
    }

    private PointerNode ReadPointer(ulong address, KernelType type, ValueContext context)
    {
        if (address == 0 || type.Target?.Strip() is not { } target || !IsCharacter(target))
            return new PointerNode(address, Describe(address), null, null);
        try
        {
            var text = ReadCharacters(context, address, out var isCut);
            return new PointerNode(address, null, new TextNode(text, isCut), null);
        }
        catch (KernelReadException failure)
        {
            return new PointerNode(address, Describe(address), null, failure.Message);
        }
    }

    private static byte[] ReadCharacters(ValueContext context, ulong address, out bool isCut)
    {
        var bytes = new List<byte>();
        Span<byte> chunk = stackalloc byte[64];
        while (bytes.Count < MaxText)
        {
            // Not past the 64 bytes that hold the end: the next page may be missing.
            var part = chunk[..(64 - (int)(address & 63))];
            MemoryExtensions.Read(context.Memory, address, part, "text");
            var end = part.IndexOf((byte)0);
            bytes.AddRange(end < 0 ? part : part[..end]);
            if (end >= 0)
            {
                isCut = false;
                return [.. bytes];
            }
            address += (ulong)part.Length;
        }
        isCut = true;
        return [.. bytes.Take(MaxText)];
    }

    private string? Describe(ulong address) =>
        _kernel.Memory.IsKernelAddress(address) && !IsDirectMap(address) ? _kernel.Symbols.Describe(address) : null;

    // Nothing in the direct map has a symbol; asking for each pointer would be a search in every module.
    private bool IsDirectMap(ulong address) => address < _kernel.Memory.ImageRange.Start;
}
