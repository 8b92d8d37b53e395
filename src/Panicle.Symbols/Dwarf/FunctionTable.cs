using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>A function's code, or that of one that was inlined into it.</summary>
/// <param name="Die">The entry's offset in the unit's section.</param>
/// <param name="Parent">
/// The function that it was inlined into, by its place in the table, or −1 for one that stands by itself.
/// </param>
/// <param name="CallFile">If inlined: the number of the file with the call.</param>
/// <param name="CallLine">If inlined: the line of the call; 0 if unknown.</param>
internal readonly record struct FunctionNode(int Die, int Parent, uint CallFile, uint CallLine)
{
    /// <summary>Whether it was inlined into another one.</summary>
    public bool IsInlined => Parent >= 0;
}

/// <summary>
/// The functions of a unit by address, inlined ones included: for each address the innermost. Immutable but for the names that it
/// remembers; thread-safe.
/// </summary>
internal sealed class FunctionTable
{
    private readonly DwarfUnit _unit;
    private readonly FunctionNode[] _nodes;
    private readonly ulong[] _starts;
    private readonly int[] _owners;
    private readonly string?[] _names;

    private FunctionTable(DwarfUnit unit, FunctionNode[] nodes, ulong[] starts, int[] owners)
    {
        _unit = unit;
        _nodes = nodes;
        _starts = starts;
        _owners = owners;
        _names = new string?[nodes.Length];
    }

    /// <summary>The number of functions and inlined calls.</summary>
    public int Count => _nodes.Length;

    /// <summary>Reads the functions of a unit.</summary>
    /// <exception cref="DwarfException">They are damaged.</exception>
    public static FunctionTable Read(DwarfUnit unit)
    {
        var reader = new FunctionReader(unit);
        reader.Read();
        var map = new RangeMap(reader.Ranges);
        return new FunctionTable(unit, [.. reader.Nodes], map.Starts, map.Owners);
    }

    /// <summary>The innermost function that covers an address, by its place in the table, or −1.</summary>
    public int Find(ulong address) => RangeMap.Find(_starts, _owners, address);

    public FunctionNode this[int index] => _nodes[index];

    /// <summary>
    /// A function's name: the linker's in languages that mangle names, else the source's. Empty if it has none.
    /// </summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public string NameOf(int index) =>
        _names[index] ??= Encoding.UTF8.GetString(DieNames.LinkageNameOf(new DieReference(_unit, _nodes[index].Die)));
}
