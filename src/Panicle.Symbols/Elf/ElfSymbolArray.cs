using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// An array of <c>Elf64_Sym</c> with its names, searched by name and by address; a symbol is told by its number.
/// </summary>
/// <param name="symbols">The array.</param>
/// <param name="names">The string table.</param>
/// <param name="isWanted">Whether a symbol counts.</param>
/// <param name="addressOf">Where a symbol lies in memory.</param>
internal sealed class ElfSymbolArray(
    ReadOnlyMemory<byte> symbols, ReadOnlyMemory<byte> names, Func<ElfSymbol, bool> isWanted, Func<ElfSymbol, ulong> addressOf)
{
    /// <summary>The wanted symbols by address; made when they are first asked for.</summary>
    public SortedSymbols Sorted => field ??= Sort();

    private int Count => symbols.Length / ElfSymbol.Bytes;

    public ElfSymbol At(int index) => ElfSymbol.Read(symbols.Span[(index * ElfSymbol.Bytes)..]);

    public string NameOf(in ElfSymbol symbol) => Encoding.UTF8.GetString(BytesOf(symbol));

    /// <summary>The wanted symbols of a name, in the array's order.</summary>
    public IEnumerable<int> Named(string name)
    {
        var wanted = Encoding.UTF8.GetBytes(name);
        for (var i = 0; i < Count; i++)
            if (IsNamed(i, wanted))
                yield return i;
    }

    /// <summary>The first wanted symbol of a name.</summary>
    public bool TryFind(string name, out int index)
    {
        foreach (var found in Named(name))
        {
            index = found;
            return true;
        }
        index = -1;
        return false;
    }

    private ReadOnlySpan<byte> BytesOf(in ElfSymbol symbol) => ElfSymbol.Text(names.Span, symbol.Name);

    private bool IsNamed(int index, ReadOnlySpan<byte> wanted)
    {
        var symbol = At(index);
        return wanted.Length > 0 && BytesOf(symbol).SequenceEqual(wanted) && isWanted(symbol);
    }

    private SortedSymbols Sort()
    {
        var addresses = new ulong[Count];
        var indices = new int[Count];
        var count = 0;
        for (var i = 0; i < addresses.Length; i++)
        {
            var symbol = At(i);
            var name = BytesOf(symbol);
            if (name.IsEmpty || ElfSymbol.IsMapping(name) || !isWanted(symbol))
                continue;
            addresses[count] = addressOf(symbol);
            indices[count++] = i;
        }
        return new SortedSymbols(addresses, indices, count);
    }
}
