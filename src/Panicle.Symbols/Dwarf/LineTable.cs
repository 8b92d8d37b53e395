using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>From here to the next row the code is of this line.</summary>
/// <param name="Offset">Distance from the sequence's first address.</param>
/// <param name="Line">The line; 0 for code that belongs to none.</param>
/// <param name="File">The file's number in the table.</param>
/// <param name="Discriminator">Tells parts of one line apart that were compiled separately; 0 where there is but one.</param>
internal readonly record struct LineRow(uint Offset, uint Line, uint File, uint Discriminator);

/// <summary>
/// Source lines by address, of one unit (DWARF 5, 6.2). Immutable but for the paths that it remembers; thread-safe.
/// </summary>
internal sealed class LineTable
{
    private readonly LineProgramHeader _header;
    private readonly DwarfUnit _unit;
    private readonly LineSequence[] _sequences;
    private readonly LineRow[] _rows;
    private readonly string?[] _paths;

    private LineTable(LineProgramHeader header, DwarfUnit unit, LineSequence[] sequences, LineRow[] rows)
    {
        _header = header;
        _unit = unit;
        _sequences = sequences;
        _rows = rows;
        _paths = new string?[header.Files.Count];
    }

    /// <summary>The directory in which the compiler ran; empty if it isn't said.</summary>
    public string Directory => field ??= Encoding.UTF8.GetString(_unit.Root.Directory);

    /// <summary>The number of rows.</summary>
    public int Count => _rows.Length;

    /// <summary>The addresses that have lines, ascending.</summary>
    public IEnumerable<CodeRange> Ranges => _sequences.Select(sequence => new CodeRange(sequence.Start, sequence.End));

    /// <summary>Reads the lines of a unit; null if it has none.</summary>
    /// <exception cref="DwarfException">They are damaged.</exception>
    public static LineTable? Read(DwarfUnit unit)
    {
        if (unit.Root.LineTable is not { } offset)
            return null;
        var header = LineProgramHeader.Read(unit, offset);
        var program = new LineProgram(unit, header);
        program.Run();
        return new LineTable(header, unit, SortedSequences(program.Sequences), [.. program.Rows]);
    }

    /// <summary>The line that an address is of.</summary>
    /// <returns>False if the table has nothing of the address.</returns>
    public bool TryFind(ulong address, out LineRow row)
    {
        row = default;
        var (low, high) = (0, _sequences.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (address >= _sequences[middle].End)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _sequences.Length || address < _sequences[low].Start)
            return false;
        return TryFind(_sequences[low], address, out row);
    }

    /// <summary>
    /// The path of a file as the compiler was given it, after the directory in which it ran where it is relative; null if the
    /// table doesn't have it.
    /// </summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public string? PathOf(uint file)
    {
        var index = _header.Version >= 5 ? file : file - 1;
        if (index >= _paths.Length)
            return null;
        return _paths[index] ??= MakePath(_header.Files[(int)index]);
    }

    private bool TryFind(in LineSequence sequence, ulong address, out LineRow row)
    {
        var offset = address - sequence.Base;
        var rows = _rows.AsSpan(sequence.First, sequence.Count);
        var (low, high) = (0, rows.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (rows[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        row = low > 0 ? rows[low - 1] : default;
        return low > 0;
    }

    /// <summary>Sequences in order of their addresses; where some overlap, the first keeps what both claim.</summary>
    private static LineSequence[] SortedSequences(List<LineSequence> sequences)
    {
        sequences.Sort(static (one, other) =>
            one.Start != other.Start ? one.Start.CompareTo(other.Start) : other.End.CompareTo(one.End));
        var sorted = new List<LineSequence>(sequences.Count);
        var reached = 0UL;
        foreach (var sequence in sequences)
        {
            if (sequence.End <= reached)
                continue;
            sorted.Add(sequence with { Start = Math.Max(reached, sequence.Start) });
            reached = sequence.End;
        }
        return [.. sorted];
    }

    private string MakePath(in LineFile file)
    {
        var name = TextOf(file);
        if (IsAbsolute(name))
            return name;
        // Directory 0 is the one in which the compiler ran.
        var number = file.Directory;
        var index = _header.Version >= 5 ? number : number - 1;
        var directory = number > 0 && index < _header.Directories.Count ? TextOf(_header.Directories[index]) : "";
        if (!IsAbsolute(directory))
            directory = Join(Directory, directory);
        return Join(directory, name);
    }

    private static string TextOf(in LineFile file) =>
        file.Section is null ? "" : Encoding.UTF8.GetString(file.Section.TextAt((ulong)file.Name));

    private static bool IsAbsolute(string path) => path.StartsWith('/');

    private static string Join(string directory, string name) =>
        directory.Length == 0 ? name : name.Length == 0 ? directory : $"{directory}/{name}";
}

/// <summary>Rows whose addresses ascend without a gap.</summary>
/// <param name="Base">The address that the rows' offsets are counted from.</param>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="First">Its first row.</param>
/// <param name="Count">The number of its rows.</param>
internal readonly record struct LineSequence(ulong Base, ulong Start, ulong End, int First, int Count);
