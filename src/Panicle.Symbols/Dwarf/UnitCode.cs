namespace Panicle.Symbols.Dwarf;

/// <summary>The lines and functions of one unit; where one of the two is damaged, the other still answers.</summary>
internal sealed class UnitCode
{
    private const string? Unknown = null;

    private readonly LineTable? _lines;
    private readonly FunctionTable? _functions;
    private readonly List<DwarfException> _problems = [];

    public UnitCode(DwarfUnit unit)
    {
        _lines = Try(() => LineTable.Read(unit));
        _functions = Try(() => FunctionTable.Read(unit.Full));
    }

    public IReadOnlyList<DwarfException> Problems => _problems;

    /// <summary>About how many bytes the tables take.</summary>
    public long Size => 1024 + (_lines?.Count ?? 0) * 16L + (_functions?.Count ?? 0) * 64L;

    /// <summary>Whether the line table says something of an address.</summary>
    public bool HasLine(ulong address) => _lines?.TryFind(address, out _) == true;

    /// <summary>The frames of an address: see <see cref="DwarfLines.Find"/>.</summary>
    public IReadOnlyList<SourceFrame> Find(ulong address)
    {
        LineRow row = default;
        var hasLine = _lines is not null && _lines.TryFind(address, out row);
        var node = _functions?.Find(address) ?? -1;
        var file = hasLine ? PathOf(row.File) : null;
        if (node < 0)
            return hasLine ? [new(Unknown, file, row.Line, row.Discriminator, false) { Directory = Directory }] : [];

        var frames = new List<SourceFrame>(4);
        var (line, discriminator) = (row.Line, row.Discriminator);
        while (node >= 0)
        {
            var function = _functions![node];
            frames.Add(new(NameOf(node), file, line, discriminator, function.IsInlined) { Directory = Directory });
            (file, line, discriminator) = (PathOf(function.CallFile), function.CallLine, 0);
            node = function.Parent;
        }
        return frames;
    }

    private string? Directory => Try(() => _lines?.Directory);

    private string? PathOf(uint file) => Try(() => _lines?.PathOf(file));

    private string? NameOf(int function) => Try(() => _functions!.NameOf(function)) is { Length: > 0 } name ? name : Unknown;

    private T? Try<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (DwarfException problem)
        {
            lock (_problems)
                if (_problems.Count < 16)
                    _problems.Add(problem);
            return null;
        }
    }
}
