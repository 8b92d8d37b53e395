namespace Panicle.Symbols.Dwarf;

/// <summary>A file of a line table: where its name is, and the directory's number.</summary>
/// <param name="Name">The name's offset in <paramref name="Section"/>.</param>
/// <param name="Section">The section that the name is in.</param>
/// <param name="Directory">The number of its directory.</param>
internal readonly record struct LineFile(int Name, DwarfSection Section, int Directory);

/// <summary>
/// The head of a unit's part of <c>.debug_line</c>: how its program is encoded, and the files (DWARF 5, 6.2.4).
/// </summary>
internal sealed class LineProgramHeader
{
    private const int ContentPath = 1;
    private const int ContentDirectory = 2;

    private readonly List<LineFile> _directories = [];
    private readonly List<LineFile> _files = [];
    private readonly DwarfUnit _unit;

    private LineProgramHeader(DwarfUnit unit) => _unit = unit;

    public int Version { get; private set; }

    /// <summary>Where the program begins in <c>.debug_line</c>.</summary>
    public int Program { get; private set; }

    /// <summary>Where the program ends.</summary>
    public int End { get; private set; }

    public byte MinInstructionLength { get; private set; }

    public byte MaxOperations { get; private set; }

    public sbyte LineBase { get; private set; }

    public byte LineRange { get; private set; }

    public byte OpcodeBase { get; private set; }

    /// <summary>The number of operands of each standard opcode, from opcode 1 on.</summary>
    public byte[] OperandCounts { get; private set; } = [];

    /// <summary>The files; in DWARF 5 they are numbered from 0, before from 1.</summary>
    public IReadOnlyList<LineFile> Files => _files;

    /// <summary>
    /// The directories; in DWARF 5 the first is the compiler's, before that isn't in the list and they are numbered from 1.
    /// </summary>
    public IReadOnlyList<LineFile> Directories => _directories;

    /// <summary>Reads the head of a unit's lines.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public static LineProgramHeader Read(DwarfUnit unit, ulong offset)
    {
        var header = new LineProgramHeader(unit);
        var start = new ByteCursor(unit.File.Line, (long)offset);
        var length = start.ReadInitialLength(out var is64);
        if (length > (ulong)(start.End - start.Position))
            start.Fail((long)offset, $"a line table of 0x{length:x} bytes, which reaches beyond the section's end");
        header.End = start.Position + (int)length;
        var cursor = new ByteCursor(unit.File.Line, start.Position, header.End);
        header.Read(ref cursor, is64 ? 8 : 4);
        return header;
    }

    private void Read(ref ByteCursor cursor, int offsetSize)
    {
        Version = cursor.ReadUInt16();
        if (Version is < 2 or > 5)
            cursor.Fail(cursor.Position - 2, $"a line table of version {Version}");
        if (Version >= 5)
            cursor.Skip(2); // sizes of addresses and of segment selectors
        var length = cursor.ReadUnsigned(offsetSize);
        if (length > (ulong)(cursor.End - cursor.Position))
            cursor.Fail(cursor.Position, "a line table's head that reaches beyond its end");
        Program = cursor.Position + (int)length;
        MinInstructionLength = cursor.ReadByte();
        MaxOperations = Version >= 4 ? cursor.ReadByte() : (byte)1;
        cursor.Skip(1); // whether a line begins as a statement
        LineBase = (sbyte)cursor.ReadByte();
        LineRange = cursor.ReadByte();
        OpcodeBase = cursor.ReadByte();
        if (LineRange == 0 || OpcodeBase == 0)
            cursor.Fail(cursor.Position, "a line table whose lines have no range");
        OperandCounts = cursor.ReadBytes(OpcodeBase - 1u).ToArray();
        if (Version >= 5)
        {
            ReadEntries(ref cursor, offsetSize, _directories);
            ReadEntries(ref cursor, offsetSize, _files);
        }
        else
            ReadOldEntries(ref cursor);
    }

    private void ReadOldEntries(ref ByteCursor cursor)
    {
        var section = _unit.File.Line;
        while (true)
        {
            var at = cursor.Position;
            if (cursor.ReadText().IsEmpty)
                break;
            _directories.Add(new(at, section, 0));
        }
        while (true)
        {
            var at = cursor.Position;
            if (cursor.ReadText().IsEmpty)
                return;
            _files.Add(new(at, section, Narrow(cursor.ReadUleb())));
            cursor.SkipLeb(); // time of change
            cursor.SkipLeb(); // length
        }
    }

    /// <summary>A file that the program itself defines (DW_LNE_define_file).</summary>
    public void AddFile(ref ByteCursor cursor)
    {
        var at = cursor.Position;
        cursor.SkipText();
        _files.Add(new(at, _unit.File.Line, Narrow(cursor.ReadUleb())));
    }

    private void ReadEntries(ref ByteCursor cursor, int offsetSize, List<LineFile> entries)
    {
        var formats = new (ulong Content, DwarfForm Form)[cursor.ReadByte()];
        for (var i = 0; i < formats.Length; i++)
            formats[i] = (cursor.ReadUleb(), (DwarfForm)Math.Min(cursor.ReadUleb(), ushort.MaxValue));
        var count = cursor.ReadUleb();
        // Each entry has a byte at least, or the list would cost nothing and never end.
        if (count > (ulong)(cursor.End - cursor.Position) || (formats.Length == 0 && count > 0))
            cursor.Fail(cursor.Position, $"a list of {count} files, which reaches beyond the end");
        for (var i = 0UL; i < count; i++)
        {
            var entry = default(LineFile);
            foreach (var (content, form) in formats)
                switch (content)
                {
                    case ContentPath:
                        entry = ReadName(ref cursor, form, offsetSize) with { Directory = entry.Directory };
                        break;
                    case ContentDirectory:
                        entry = entry with { Directory = Narrow(ReadNumber(ref cursor, form)) };
                        break;
                    default:
                        Skip(ref cursor, form, offsetSize);
                        break;
                }
            entries.Add(entry);
        }
    }

    private LineFile ReadName(ref ByteCursor cursor, DwarfForm form, int offsetSize)
    {
        var at = cursor.Position;
        switch (form)
        {
            case DwarfForm.String:
                cursor.SkipText();
                return new(at, _unit.File.Line, 0);
            case DwarfForm.LineStrp:
                return new(Narrow(cursor.ReadUnsigned(offsetSize)), _unit.File.LineStr, 0);
            case DwarfForm.Strp:
                return new(Narrow(cursor.ReadUnsigned(offsetSize)), _unit.File.Str, 0);
            case DwarfForm.StrpSup:
                return new(Narrow(cursor.ReadUnsigned(offsetSize)), _unit.File.RequireSupplementary(_unit.File.Line, at).Str, 0);
            default:
                cursor.Fail(at, $"the name of a file in the form {form}");
                return default;
        }
    }

    private static ulong ReadNumber(ref ByteCursor cursor, DwarfForm form)
    {
        switch (form)
        {
            case DwarfForm.Udata:
                return cursor.ReadUleb();
            case DwarfForm.Data1:
                return cursor.ReadByte();
            case DwarfForm.Data2:
                return cursor.ReadUInt16();
            case DwarfForm.Data4:
                return cursor.ReadUInt32();
            default:
                cursor.Fail(cursor.Position, $"the number of a directory in the form {form}");
                return 0;
        }
    }

    private static void Skip(ref ByteCursor cursor, DwarfForm form, int offsetSize)
    {
        var size = FormSize.Of(form, 8, offsetSize, 5);
        if (size >= 0)
            cursor.Skip((ulong)size);
        else if (form == DwarfForm.Udata)
            cursor.SkipLeb();
        else if (form == DwarfForm.String)
            cursor.SkipText();
        else if (form == DwarfForm.Block)
            cursor.Skip(cursor.ReadUleb());
        else
            cursor.Fail(cursor.Position, $"an unknown property of a file in the form {form}");
    }

    private static int Narrow(ulong number) => (int)Math.Min(number, int.MaxValue);
}
