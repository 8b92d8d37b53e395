using System.Buffers.Binary;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Computes location expressions (DWARF 5, 2.5 and 2.6): a stack machine over the registers and memory of a frame. Bounded in
/// steps and in the stack's height. Numbers are integers; floating point isn't computed with.
/// </summary>
internal ref struct DwarfExpression
{
    private const int MostSteps = 10_000;
    private const int MostNested = 8;
    private const int Height = 128;

    private readonly DwarfUnit _unit;
    private readonly IFrameState _frame;
    private readonly Func<ulong, ulong> _toMemory;
    private readonly ExpressionBlock? _frameBase;
    private readonly int _nesting;
    private readonly Span<StackEntry> _stack;
    private readonly List<LocationPiece> _pieces = [];
    private int _count;
    private int _steps;
    private DwarfSection? _section;

    private DwarfExpression(DwarfUnit unit, IFrameState frame, Func<ulong, ulong> toMemory, ExpressionBlock? frameBase,
        int nesting, Span<StackEntry> stack)
    {
        _unit = unit;
        _frame = frame;
        _toMemory = toMemory;
        _frameBase = frameBase;
        _nesting = nesting;
        _stack = stack;
    }

    /// <summary>Where the expression says that something is.</summary>
    /// <param name="block">The expression.</param>
    /// <param name="unit">The unit that it belongs to.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="toMemory">From addresses in the file to those in memory.</param>
    /// <param name="frameBase">The expression that the function's frame base is, if any.</param>
    /// <param name="nesting">How many expressions this one is needed by.</param>
    /// <exception cref="LostException">It can't be had.</exception>
    /// <exception cref="DwarfException">The expression is damaged.</exception>
    public static List<LocationPiece> Locate(
        in ExpressionBlock block, DwarfUnit unit, IFrameState frame, Func<ulong, ulong> toMemory, ExpressionBlock? frameBase,
        int nesting = 0)
    {
        if (nesting > MostNested)
            throw new LostException("expressions need each other without end");
        var machine = new DwarfExpression(unit, frame, toMemory, frameBase, nesting, new StackEntry[Height]);
        machine.Run(block);
        return machine.Finish();
    }

    /// <summary>The number that the expression computes: an address, or a register's content.</summary>
    /// <param name="block">The expression.</param>
    /// <param name="unit">The unit that it belongs to.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="toMemory">From addresses in the file to those in memory.</param>
    /// <param name="frameBase">The expression that the function's frame base is, if any.</param>
    /// <param name="initial">What lies on the stack at the start, or null.</param>
    /// <param name="nesting">How many expressions this one is needed by.</param>
    /// <exception cref="LostException">It can't be had.</exception>
    /// <exception cref="DwarfException">The expression is damaged.</exception>
    public static ulong Compute(
        in ExpressionBlock block, DwarfUnit unit, IFrameState frame, Func<ulong, ulong> toMemory,
        ExpressionBlock? frameBase = null, ulong? initial = null, int nesting = 0)
    {
        if (nesting > MostNested)
            throw new LostException("expressions need each other without end");
        var machine = new DwarfExpression(unit, frame, toMemory, frameBase, nesting, new StackEntry[Height]);
        if (initial is { } first)
            machine.Push(first);
        machine.Run(block);
        return machine.Finish() is [var place] ? place.Kind switch
        {
            PieceKind.Memory or PieceKind.Value => place.Value,
            PieceKind.Register => RegisterOf(frame, (int)place.Value),
            _ => throw new LostException("it was optimized out"),
        } : throw new LostException("it is in pieces");
    }

    public static ulong RegisterOf(IFrameState frame, int number) =>
        frame.Register(number) ?? throw new LostException($"{frame.Registers.NameOf(number)} isn't known in this frame");

    private List<LocationPiece> Finish()
    {
        if (_pieces.Count == 0)
            _pieces.Add(_count > 0 ? new(PieceKind.Memory, Pop().Value, 0, 0, 0) : new(PieceKind.Lost, 0, 0, 0, 0));
        return _pieces;
    }

    private void Run(in ExpressionBlock block)
    {
        _section = block.Section;
        var cursor = new ByteCursor(block.Section, block.Start, block.Start + block.Length);
        // A place that DW_OP_piece may take a part of; it ends the expression otherwise.
        LocationPiece? place = null;
        while (!cursor.AtEnd)
        {
            if (++_steps > MostSteps)
                throw new LostException("the expression doesn't end");
            var at = cursor.Position;
            var op = cursor.ReadByte();
            switch (op)
            {
                case >= 0x50 and <= 0x6f: // reg0 …
                    place = new(PieceKind.Register, op - 0x50u, 0, 0, 0);
                    break;
                case 0x90: // regx
                    place = new(PieceKind.Register, cursor.ReadUleb(), 0, 0, 0);
                    break;
                case 0x9e: // implicit_value
                    var length = cursor.ReadUleb();
                    place = new(PieceKind.Bytes, (ulong)cursor.Position, (int)Math.Min(length, int.MaxValue), 0, 0);
                    cursor.Skip(length);
                    break;
                case 0x9f: // stack_value
                    place = new(PieceKind.Value, Pop().Value, 0, 0, 0);
                    break;
                case 0xa0 or 0xf2: // implicit_pointer
                    throw new LostException("it points to what was optimized out");
                case 0x93: // piece
                    AddPiece(ref place, SaturatedBits(cursor.ReadUleb()), 0);
                    break;
                case 0x9d: // bit_piece
                    var bits = cursor.ReadUleb();
                    AddPiece(ref place, bits, cursor.ReadUleb());
                    break;
                case 0x2f: // skip
                    Jump(ref cursor, (short)cursor.ReadUInt16());
                    break;
                case 0x28: // bra
                    var distance = (short)cursor.ReadUInt16();
                    if (Pop().Value != 0)
                        Jump(ref cursor, distance);
                    break;
                default:
                    if (!Push(ref cursor, op) && !Operate(ref cursor, op))
                        cursor.Fail(at, $"an unknown operation 0x{op:x} in an expression");
                    break;
            }
        }
        if (place is { } whole)
            _pieces.Add(whole);
    }

    private void AddPiece(ref LocationPiece? place, ulong bits, ulong offset)
    {
        if (_pieces.Count == 1024)
            throw new LostException("it is in too many pieces");
        // Without a place before it, and nothing computed, this part is lost.
        var part = place
            ?? (_count > 0 ? new(PieceKind.Memory, Pop().Value, 0, 0, 0) : new LocationPiece(PieceKind.Lost, 0, 0, 0, 0));
        _pieces.Add(part with { BitSize = bits, BitOffset = offset });
        place = null;
    }

    /// <summary>Operations that push something.</summary>
    private bool Push(ref ByteCursor cursor, byte op)
    {
        switch (op)
        {
            case >= 0x30 and <= 0x4f: // lit0 …
                Push(op - 0x30u);
                return true;
            case >= 0x70 and <= 0x8f: // breg0 …
                Push(RegisterOf(_frame, op - 0x70) + (ulong)cursor.ReadSleb());
                return true;
            case 0x92: // bregx
                var register = (int)Math.Min(cursor.ReadUleb(), 1024);
                Push(RegisterOf(_frame, register) + (ulong)cursor.ReadSleb());
                return true;
            case 0x91: // fbreg
                Push(FrameBase() + (ulong)cursor.ReadSleb());
                return true;
            case 0x03: // addr
                Push(_toMemory(cursor.ReadUnsigned(_unit.AddressSize)));
                return true;
            case 0xa1 or 0xfb: // addrx
                Push(_toMemory(_unit.IndexedAddress(cursor.ReadUleb())));
                return true;
            case 0xa2 or 0xfc: // constx
                Push(_unit.IndexedAddress(cursor.ReadUleb()));
                return true;
            case 0x08:
                Push(cursor.ReadByte());
                return true;
            case 0x09:
                Push((ulong)(sbyte)cursor.ReadByte());
                return true;
            case 0x0a:
                Push(cursor.ReadUInt16());
                return true;
            case 0x0b:
                Push((ulong)(short)cursor.ReadUInt16());
                return true;
            case 0x0c:
                Push(cursor.ReadUInt32());
                return true;
            case 0x0d:
                Push((ulong)(int)cursor.ReadUInt32());
                return true;
            case 0x0e or 0x0f:
                Push(cursor.ReadUInt64());
                return true;
            case 0x10: // constu
                Push(cursor.ReadUleb());
                return true;
            case 0x11: // consts
                Push((ulong)cursor.ReadSleb());
                return true;
            case 0x9c: // call_frame_cfa
                Push(_frame.FrameAddress ?? throw new LostException("the frame's address isn't known"));
                return true;
            case 0xa3 or 0xf3: // entry_value
                var length = cursor.ReadUleb();
                var start = cursor.Position;
                cursor.Skip(length);
                Push(EntryValue(new(_section!, start, (int)length)));
                return true;
            case 0xa4 or 0xf4: // const_type
                var type = TypeAt(cursor.ReadUleb());
                Push(new StackEntry(ReadSized(cursor.ReadBytes(cursor.ReadByte())), type));
                return true;
            case 0xa5 or 0xf5: // regval_type
                var number = (int)Math.Min(cursor.ReadUleb(), 1024);
                Push(new StackEntry(RegisterOf(_frame, number), TypeAt(cursor.ReadUleb())));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Operations on what lies on the stack.</summary>
    private bool Operate(ref ByteCursor cursor, byte op)
    {
        StackEntry top, next;
        switch (op)
        {
            case 0x96: // nop
                break;
            case 0x06: // deref
                Push(ReadMemory(Pop().Value, 8));
                break;
            case 0x94: // deref_size
                var size = cursor.ReadByte();
                Push(ReadMemory(Pop().Value, size));
                break;
            case 0xa6 or 0xf6: // deref_type
                var bytes = cursor.ReadByte();
                Push(new StackEntry(ReadMemory(Pop().Value, bytes), TypeAt(cursor.ReadUleb())));
                break;
            case 0xa8 or 0xf7 or 0xa9 or 0xf9: // convert, reinterpret
                Push(new StackEntry(Pop().Value, TypeAt(cursor.ReadUleb())));
                break;
            case 0x12: // dup
                Push(Peek(0));
                break;
            case 0x13: // drop
                Pop();
                break;
            case 0x14: // over
                Push(Peek(1));
                break;
            case 0x15: // pick
                Push(Peek(cursor.ReadByte()));
                break;
            case 0x16: // swap
                (top, next) = (Pop(), Pop());
                Push(top);
                Push(next);
                break;
            case 0x17: // rot
                (top, next) = (Pop(), Pop());
                var third = Pop();
                Push(top);
                Push(third);
                Push(next);
                break;
            case 0x19: // abs
                top = Pop();
                Push(top with { Value = (long)top.Value < 0 ? 0 - top.Value : top.Value });
                break;
            case 0x1f: // neg
                top = Pop();
                Push(new StackEntry(0 - top.Value, top.Type));
                break;
            case 0x20: // not
                top = Pop();
                Push(new StackEntry(~top.Value, top.Type));
                break;
            case 0x23: // plus_uconst
                top = Pop();
                Push(new StackEntry(top.Value + cursor.ReadUleb(), top.Type));
                break;
            case 0x1a or 0x1b or 0x1c or 0x1d or 0x1e or 0x21 or 0x22 or 0x24 or 0x25 or 0x26 or 0x27:
                top = Pop();
                next = Pop();
                Push(new StackEntry(Arithmetic(op, next, top.Value), next.Type));
                break;
            case >= 0x29 and <= 0x2e: // eq ge gt le lt ne
                top = Pop();
                next = Pop();
                Push(Compare(op, next, top.Value) ? 1u : 0u);
                break;
            case 0x97 or 0x98 or 0x99 or 0x9a: // push_object_address, call2, call4, call_ref
                throw new LostException("its place is computed by another procedure");
            case 0x9b or 0xe0: // form_tls_address
                throw new LostException("it is thread-local");
            default:
                return false;
        }
        return true;
    }

    private static ulong Arithmetic(byte op, in StackEntry left, ulong right)
    {
        var (a, b, type) = (left.Value, right, left.Type);
        // Values without a type are divided as signed numbers and have unsigned remainders (2.5.1.4).
        if (op is 0x1b or 0x1d && b == 0)
            throw new LostException("the expression divides by zero");
        var bits = type.Size == 0 ? 64u : type.Size * 8;
        return op switch
        {
            0x1a => a & b,
            0x1b => type.IsUnsigned ? a / b : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b),
            0x1c => a - b,
            0x1d => type.Size == 0 || type.IsUnsigned ? a % b : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
            0x1e => a * b,
            0x21 => a | b,
            0x22 => a + b,
            0x24 => b >= bits ? 0 : a << (int)b,
            0x25 => b >= bits ? 0 : Truncate(a, type) >> (int)b,
            0x26 => (ulong)((long)a >> (int)Math.Min(b, 63)),
            _ => a ^ b,
        };
    }

    private static bool Compare(byte op, in StackEntry left, ulong right)
    {
        var order = left.Type.IsUnsigned ? left.Value.CompareTo(right) : ((long)left.Value).CompareTo((long)right);
        return op switch
        {
            0x29 => order == 0,
            0x2a => order >= 0,
            0x2b => order > 0,
            0x2c => order <= 0,
            0x2d => order < 0,
            _ => order != 0,
        };
    }

    private readonly ulong FrameBase() => _frameBase is { } block
        ? Compute(block, _unit, _frame, _toMemory, nesting: _nesting + 1)
        : throw new LostException("the function has no frame base");

    // DW_OP_entry_value(DW_OP_regN) is what compilers write.
    private readonly ulong EntryValue(in ExpressionBlock block)
    {
        var cursor = new ByteCursor(block.Section, block.Start, block.Start + block.Length);
        var op = cursor.ReadByte();
        if (op is < 0x50 or > 0x6f || !cursor.AtEnd)
            throw new LostException("it is only known when the function is entered");
        return _frame.EntryRegister(op - 0x50)
            ?? throw new LostException($"{_frame.Registers.NameOf(op - 0x50)} at entry isn't known");
    }

    private readonly BaseType TypeAt(ulong offset)
    {
        if (offset == 0)
            return default;
        if (offset >= (ulong)(_unit.End - _unit.Offset))
            throw new DwarfException(_unit.Section.Name, (long)offset, "an operation's type lies outside of its unit");
        var die = new DieReference(_unit, _unit.Offset + (int)offset).Open();
        var size = die.Get(DwarfAttribute.ByteSize).Raw;
        var encoding = (int)die.Get(DwarfAttribute.Encoding).Raw;
        if (encoding is DwarfTypeKind.Float or DwarfTypeKind.ComplexFloat || size is 0 or > 8)
            throw new LostException("it is computed with numbers that aren't integers of up to 64 bits");
        return new BaseType((uint)size, encoding is not (DwarfTypeKind.Signed or DwarfTypeKind.SignedChar));
    }

    private readonly ulong ReadMemory(ulong address, int size)
    {
        if (size is < 1 or > 8)
            throw new LostException($"a read of {size} bytes");
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (!_frame.Memory.TryRead(address, bytes[..size], out var fault))
            throw new LostException(fault.ToString());
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static ulong ReadSized(ReadOnlySpan<byte> bytes)
    {
        Span<byte> whole = stackalloc byte[8];
        whole.Clear();
        bytes[..Math.Min(8, bytes.Length)].CopyTo(whole);
        return BinaryPrimitives.ReadUInt64LittleEndian(whole);
    }

    private static void Jump(ref ByteCursor cursor, int distance) => cursor.Position += distance;

    private static ulong SaturatedBits(ulong bytes) => Math.Min(bytes, ulong.MaxValue / 8) * 8;

    private void Push(ulong value) => Push(new StackEntry(value, default));

    private void Push(in StackEntry entry)
    {
        if (_count == Height)
            throw new LostException("the expression's stack overflows");
        _stack[_count++] = entry with { Value = Normalize(entry.Value, entry.Type) };
    }

    private StackEntry Pop() => _count > 0 ? _stack[--_count] : throw new LostException("the expression's stack is empty");

    private readonly StackEntry Peek(int depth) =>
        depth < _count ? _stack[_count - 1 - depth] : throw new LostException("the expression's stack is empty");

    private static ulong Truncate(ulong value, BaseType type) =>
        type.Size is 0 or >= 8 ? value : value & (1UL << (int)(type.Size * 8)) - 1;

    // Numbers are kept as 64-bit ones: extended as their type says.
    private static ulong Normalize(ulong value, BaseType type)
    {
        if (type.Size is 0 or >= 8)
            return value;
        var shift = 64 - (int)type.Size * 8;
        return type.IsUnsigned ? value << shift >> shift : (ulong)((long)(value << shift) >> shift);
    }

    /// <summary>A base type; size 0 is the generic type, of an address's size.</summary>
    private readonly record struct BaseType(uint Size, bool IsUnsigned);

    private readonly record struct StackEntry(ulong Value, BaseType Type);
}
