using System.Buffers.Binary;
using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>Reads the value of one variable in a frame.</summary>
internal sealed class LocalReader(
    DwarfTypes types, IFrameState frame, Func<ulong, ulong> toMemory, ulong address, ExpressionBlock? frameBase)
{
    private const int MostOrigins = 8;
    private const ulong MostBytes = 1 << 20;

    /// <summary>The variable that an entry describes; null for one that is only declared.</summary>
    public LocalVariable? Read(DieReference reference, bool isParameter)
    {
        var name = "";
        KernelType type = types.Void;
        try
        {
            AttributeValue location = default, constant = default, typeOf = default;
            var at = reference;
            for (var step = 0; step < MostOrigins; step++)
            {
                var die = at.Open();
                if (die.Get(DwarfAttribute.Declaration).IsSet)
                    return null;
                if (name.Length == 0)
                    name = Encoding.UTF8.GetString(die.Get(DwarfAttribute.Name).Text);
                location = location.Exists ? location : die.Get(DwarfAttribute.Location);
                constant = constant.Exists ? constant : die.Get(DwarfAttribute.ConstValue);
                typeOf = typeOf.Exists ? typeOf : die.Get(DwarfAttribute.Type);
                if (die.Get(DwarfAttribute.AbstractOrigin) is not { Exists: true } origin)
                    break;
                at = origin.Reference;
            }
            if (name.Length == 0)
                return null;
            type = types.TargetOf(typeOf);
            return new LocalVariable(name, type, isParameter, ValueOf(location, constant, type), null);
        }
        catch (Exception e) when (e is LostException or DwarfException)
        {
            return new LocalVariable(name, type, isParameter, null, e.Message);
        }
    }

    private LocalValue ValueOf(in AttributeValue location, in AttributeValue constant, KernelType type)
    {
        if (LocationList.Find(location, address) is { } block)
            return Join(DwarfExpression.Locate(block, location.Unit, frame, toMemory, frameBase), block, type);
        if (constant.Exists)
            return Constant(constant, type);
        throw new LostException(location.Exists ? "optimized out here" : "optimized out");
    }

    private static LocalValue Constant(in AttributeValue constant, KernelType type)
    {
        var size = SizeOf(type);
        var bytes = new byte[size];
        if (constant.IsBlock)
            constant.Block[..Math.Min(size, constant.Length)].CopyTo(bytes);
        else if (constant.Text is { IsEmpty: false } text)
            text[..Math.Min(size, text.Length)].CopyTo(bytes);
        else
            CopyNumber(type.Strip().IsSigned ? (ulong)constant.Signed : constant.Raw, bytes);
        return new LocalValue(null, bytes, []);
    }

    private LocalValue Join(List<LocationPiece> pieces, in ExpressionBlock block, KernelType type)
    {
        if (pieces is [{ Kind: PieceKind.Memory, BitSize: 0 } whole])
            return new LocalValue(whole.Value, [], []);
        var bytes = new byte[SizeOf(type)];
        var lost = new List<(int Start, int End)>();
        var reason = "optimized out";
        var at = 0;
        foreach (var piece in pieces)
        {
            if (piece.BitSize % 8 != 0 || piece.BitOffset % 8 != 0)
                throw new LostException("it is in pieces that aren't whole bytes");
            var size = piece.BitSize == 0 ? bytes.Length - at : (int)Math.Min(piece.BitSize / 8, (ulong)(bytes.Length - at));
            try
            {
                Copy(piece, block, bytes.AsSpan(at, size));
            }
            catch (LostException e)
            {
                reason = e.Message;
                lost.Add((at, at + size));
            }
            at += size;
        }
        if (at < bytes.Length)
            lost.Add((at, bytes.Length));
        var missing = 0;
        foreach (var (start, end) in lost)
            missing += end - start;
        // Of a number a part is no use.
        if (missing > 0
            && (missing == bytes.Length || type.Strip().Kind is not (TypeKind.Struct or TypeKind.Union or TypeKind.Array)))
            throw new LostException(reason);
        return new LocalValue(null, bytes, lost);
    }

    private void Copy(in LocationPiece piece, in ExpressionBlock block, Span<byte> target)
    {
        var skip = (int)Math.Min(piece.BitOffset / 8, 8);
        Span<byte> word = stackalloc byte[8];
        switch (piece.Kind)
        {
            case PieceKind.Memory:
                if (!frame.Memory.TryRead(piece.Value + (ulong)skip, target, out var fault))
                    throw new LostException(fault.ToString());
                break;
            case PieceKind.Bytes:
                var data = block.Section.Data.Slice((int)piece.Value, piece.Length);
                if (data.Length < target.Length)
                    throw new LostException("the debug information has less of it than its type has");
                data[..target.Length].CopyTo(target);
                break;
            case PieceKind.Register or PieceKind.Value:
                var number = piece.Kind == PieceKind.Value
                    ? piece.Value
                    : DwarfExpression.RegisterOf(frame, (int)Math.Min(piece.Value, 1024));
                BinaryPrimitives.WriteUInt64LittleEndian(word, number);
                if (target.Length > word.Length - skip)
                    throw new LostException("it is larger than the register that it is said to be in");
                word.Slice(skip, target.Length).CopyTo(target);
                break;
            default:
                throw new LostException("optimized out");
        }
    }

    private static int SizeOf(KernelType type) => type.Size switch
    {
        0 => throw new LostException("its size isn't known"),
        > MostBytes => throw new LostException($"its size of {type.Size} bytes is impossible here"),
        var size => (int)size,
    };

    private static void CopyNumber(ulong number, Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, number);
        word[..Math.Min(8, bytes.Length)].CopyTo(bytes);
    }
}
