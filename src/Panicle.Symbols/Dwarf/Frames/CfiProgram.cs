namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Carries out call-frame instructions up to an address (DWARF 5, 6.4.2). Each takes a byte at least, so that it ends.
/// </summary>
internal ref struct CfiProgram
{
    private const int MostRemembered = 64;

    private readonly DwarfSection _section;
    private readonly CfiCommon _common;
    private readonly ulong _address;
    private ulong _location;
    private CfiRow _row;
    private CfiRow _initial;
    private Stack<CfiRow>? _remembered;

    private CfiProgram(DwarfSection section, CfiCommon common, ulong first, ulong address)
    {
        _section = section;
        _common = common;
        _location = first;
        _address = address;
    }

    /// <summary>The rules at an address of a function.</summary>
    /// <exception cref="DwarfException">The instructions are damaged.</exception>
    public static CfiRow Run(DwarfSection section, CfiCommon common, in CfiEntry entry, ulong address)
    {
        var program = new CfiProgram(section, common, entry.First, address);
        program._row.Section = section;
        program.Run(common.Start, common.End);
        program._initial = program._row;
        program.Run(entry.Start, entry.End);
        return program._row;
    }

    private void Run(int start, int end)
    {
        var cursor = new ByteCursor(_section, start, end);
        while (!cursor.AtEnd && Step(ref cursor))
        {
        }
    }

    // False where the address is passed.
    private bool Step(ref ByteCursor cursor)
    {
        var at = cursor.Position;
        var code = cursor.ReadByte();
        var low = code & 0x3f;
        switch (code >> 6)
        {
            case 1:
                return Advance((ulong)low);
            case 2:
                SetOffset(low, (long)cursor.ReadUleb() * _common.DataAlignment);
                return true;
            case 3:
                Set(low, IsRegister(low) ? _initial.Register[low] : default);
                return true;
        }
        switch (code)
        {
            case 0x00: // nop
                break;
            case 0x01: // set_loc
                _location = cursor.ReadUInt64();
                return _location <= _address;
            case 0x02:
                return Advance(cursor.ReadByte());
            case 0x03:
                return Advance(cursor.ReadUInt16());
            case 0x04:
                return Advance(cursor.ReadUInt32());
            case 0x05: // offset_extended
                SetOffset(Number(ref cursor), (long)cursor.ReadUleb() * _common.DataAlignment);
                break;
            case 0x06: // restore_extended
                var restored = Number(ref cursor);
                Set(restored, IsRegister(restored) ? _initial.Register[restored] : default);
                break;
            case 0x07:
                Set(Number(ref cursor), new(CfiRuleKind.Undefined, 0, 0, 0));
                break;
            case 0x08:
                Set(Number(ref cursor), new(CfiRuleKind.SameValue, 0, 0, 0));
                break;
            case 0x09:
                var moved = Number(ref cursor);
                Set(moved, new(CfiRuleKind.Register, Number(ref cursor), 0, 0));
                break;
            case 0x0a: // remember_state
                _remembered ??= new Stack<CfiRow>();
                if (_remembered.Count == MostRemembered)
                    cursor.Fail(at, "frame rules that are remembered without end");
                _remembered.Push(_row);
                break;
            case 0x0b: // restore_state
                if (_remembered is not { Count: > 0 })
                    cursor.Fail(at, "frame rules are restored that weren't remembered");
                _row = _remembered!.Pop();
                break;
            case 0x0c: // def_cfa
                var register = Number(ref cursor);
                _row.FrameAddress = new(CfiRuleKind.Register, register, (long)cursor.ReadUleb(), 0);
                break;
            case 0x0d: // def_cfa_register
                _row.FrameAddress = _row.FrameAddress with { Register = Number(ref cursor) };
                break;
            case 0x0e: // def_cfa_offset
                _row.FrameAddress = _row.FrameAddress with { Offset = (long)cursor.ReadUleb() };
                break;
            case 0x0f: // def_cfa_expression
                _row.FrameAddress = Block(ref cursor, CfiRuleKind.Expression);
                break;
            case 0x10: // expression
                var saved = Number(ref cursor);
                Set(saved, Block(ref cursor, CfiRuleKind.Expression));
                break;
            case 0x11: // offset_extended_sf
                SetOffset(Number(ref cursor), cursor.ReadSleb() * _common.DataAlignment);
                break;
            case 0x12: // def_cfa_sf
                var based = Number(ref cursor);
                _row.FrameAddress = new(CfiRuleKind.Register, based, cursor.ReadSleb() * _common.DataAlignment, 0);
                break;
            case 0x13: // def_cfa_offset_sf
                _row.FrameAddress = _row.FrameAddress with { Offset = cursor.ReadSleb() * _common.DataAlignment };
                break;
            case 0x14: // val_offset
                var value = Number(ref cursor);
                Set(value, new(CfiRuleKind.ValueOffset, 0, (long)cursor.ReadUleb() * _common.DataAlignment, 0));
                break;
            case 0x15: // val_offset_sf
                var signed = Number(ref cursor);
                Set(signed, new(CfiRuleKind.ValueOffset, 0, cursor.ReadSleb() * _common.DataAlignment, 0));
                break;
            case 0x16: // val_expression
                var computed = Number(ref cursor);
                Set(computed, Block(ref cursor, CfiRuleKind.ValueExpression));
                break;
            case 0x2e: // GNU_args_size
                cursor.SkipLeb();
                break;
            case 0x2f: // GNU_negative_offset_extended
                SetOffset(Number(ref cursor), -(long)cursor.ReadUleb() * _common.DataAlignment);
                break;
            default:
                cursor.Fail(at, $"an unknown frame instruction 0x{code:x}");
                break;
        }
        return true;
    }

    private bool Advance(ulong steps)
    {
        var next = _location + steps * _common.CodeAlignment;
        if (next > _address)
            return false;
        _location = next;
        return true;
    }

    private static CfiRule Block(ref ByteCursor cursor, CfiRuleKind kind)
    {
        var length = cursor.ReadUleb();
        var start = cursor.Position;
        cursor.Skip(length);
        return new(kind, 0, start, (int)length);
    }

    private void SetOffset(int register, long offset) => Set(register, new(CfiRuleKind.Offset, 0, offset, 0));

    private void Set(int register, in CfiRule rule)
    {
        if (IsRegister(register))
            _row.Register[register] = rule;
    }

    private static bool IsRegister(int register) => (uint)register < CfiRow.Registers;

    private static int Number(ref ByteCursor cursor) => (int)Math.Min(cursor.ReadUleb(), int.MaxValue);
}
