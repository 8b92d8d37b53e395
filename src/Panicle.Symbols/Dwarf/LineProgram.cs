namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Runs a line number program (DWARF 5, 6.2.5) and keeps its rows: of several at one address the last, and of rows that say the
/// same as the one before none.
/// </summary>
internal ref struct LineProgram
{
    private const int ExtendedOpcode = 0;
    private const int Copy = 1;
    private const int AdvancePc = 2;
    private const int AdvanceLine = 3;
    private const int SetFile = 4;
    private const int ConstAddPc = 8;
    private const int FixedAdvancePc = 9;
    private const int EndSequence = 1;
    private const int SetAddress = 2;
    private const int DefineFile = 3;
    private const int SetDiscriminator = 4;

    private readonly LineProgramHeader _header;
    private ByteCursor _cursor;

    // The registers of the machine that the program is for.
    private ulong _address;
    private uint _operation;
    private uint _file;
    private uint _line;
    private uint _discriminator;

    // The sequence that is being made.
    private ulong _base;
    private int _first;
    private bool _isSorted;

    /// <summary>Makes ready to run the program of a unit.</summary>
    public LineProgram(DwarfUnit unit, LineProgramHeader header)
    {
        _header = header;
        _cursor = new ByteCursor(unit.File.Line, header.Program, header.End);
        // A row takes about three bytes.
        Rows = new((header.End - header.Program) / 4);
    }

    /// <summary>The rows of all sequences.</summary>
    public List<LineRow> Rows { get; }

    /// <summary>The sequences in the order in which they lie.</summary>
    public List<LineSequence> Sequences { get; } = [];

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public void Run()
    {
        Reset();
        while (!_cursor.AtEnd)
        {
            var opcode = _cursor.ReadByte();
            if (opcode >= _header.OpcodeBase)
                RunSpecial(opcode);
            else if (opcode == ExtendedOpcode)
                RunExtended();
            else
                RunStandard(opcode);
        }
    }

    private void Reset()
    {
        _address = 0;
        _operation = 0;
        _file = 1;
        _line = 1;
        _discriminator = 0;
        _first = Rows.Count;
        _isSorted = true;
    }

    private void RunSpecial(int opcode)
    {
        var adjusted = opcode - _header.OpcodeBase;
        Advance((ulong)(adjusted / _header.LineRange));
        _line += (uint)(_header.LineBase + adjusted % _header.LineRange);
        AddRow();
    }

    private void RunStandard(int opcode)
    {
        switch (opcode)
        {
            case Copy:
                AddRow();
                break;
            case AdvancePc:
                Advance(_cursor.ReadUleb());
                break;
            case AdvanceLine:
                _line += (uint)_cursor.ReadSleb();
                break;
            case SetFile:
                _file = (uint)_cursor.ReadUleb();
                break;
            case ConstAddPc:
                Advance((ulong)((255 - _header.OpcodeBase) / _header.LineRange));
                break;
            case FixedAdvancePc:
                _address += _cursor.ReadUInt16();
                _operation = 0;
                break;
            default:
                // Columns, marks of statements, blocks and prologues; and what isn't known.
                for (var i = 0; i < _header.OperandCounts[opcode - 1]; i++)
                    _cursor.SkipLeb();
                break;
        }
    }

    private void RunExtended()
    {
        var length = _cursor.ReadUleb();
        if (length == 0)
            return;
        if (length > (ulong)(_cursor.End - _cursor.Position))
            _cursor.Fail(_cursor.Position, "an instruction that reaches beyond the line table's end");
        var end = _cursor.Position + (int)length;
        switch (_cursor.ReadByte())
        {
            case EndSequence:
                AddSequence();
                break;
            case SetAddress:
                _address = _cursor.ReadUnsigned((int)length - 1);
                _operation = 0;
                break;
            case DefineFile:
                _header.AddFile(ref _cursor);
                break;
            case SetDiscriminator:
                _discriminator = (uint)_cursor.ReadUleb();
                break;
        }
        _cursor.Position = end;
    }

    private void Advance(ulong operations)
    {
        if (_header.MaxOperations <= 1)
        {
            _address += operations * _header.MinInstructionLength;
            return;
        }
        // Several operations in one instruction word (VLIW).
        var next = _operation + operations;
        _address += _header.MinInstructionLength * (next / _header.MaxOperations);
        _operation = (uint)(next % _header.MaxOperations);
    }

    private void AddRow()
    {
        var count = Rows.Count - _first;
        if (count == 0)
            _base = _address;
        var offset = _address - _base;
        if (offset > uint.MaxValue)
        {
            // It can only lie before the first row. Such a table can't be told from a damaged one.
            _cursor.Fail(_cursor.Position, "a line table whose addresses don't ascend");
        }
        var row = new LineRow((uint)offset, _line, _file, _discriminator);
        _discriminator = 0;
        if (count > 0)
        {
            var last = Rows[^1];
            if (last.Offset == row.Offset)
            {
                Rows[^1] = row;
                return;
            }
            if (last.Line == row.Line && last.File == row.File && last.Discriminator == row.Discriminator
                && last.Offset < row.Offset)
                return;
            _isSorted &= last.Offset < row.Offset;
        }
        Rows.Add(row);
    }

    private void AddSequence()
    {
        var count = Rows.Count - _first;
        if (count > 0 && _address > _base)
        {
            if (!_isSorted)
                Sort(count);
            Sequences.Add(new(_base, _base, _address, _first, count));
        }
        Reset();
    }

    private readonly void Sort(int count)
    {
        // A stable sort, so that of rows with one address the last one stays the last.
        var sorted = Rows.GetRange(_first, count).OrderBy(static row => row.Offset).ToArray();
        for (var i = 0; i < count; i++)
            Rows[_first + i] = sorted[i];
    }
}
