using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// The kernel's own symbol table, read from the dump's memory: every symbol with <c>CONFIG_KALLSYMS_ALL</c>, else functions
/// only (<c>kernel/kallsyms.c</c>). Opening it reads the compressed names and no addresses; the first lookup by name indexes
/// them, a lookup by address is a binary search that expands a single name.
/// </summary>
public sealed class KallsymsTable : ISymbolTable
{
    private readonly KallsymsNames _names;
    private readonly KallsymsAddresses _addresses;
    private readonly AddressRange _image;
    private readonly int _count;
    private readonly ulong _tables;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int[]> _byName = new(StringComparer.Ordinal);
    private KallsymsNameIndex? _index;

    private KallsymsTable(KallsymsNames names, KallsymsAddresses addresses, AddressRange image, in KallsymsLayout layout)
    {
        _count = layout.Count;
        _tables = Math.Min(Math.Min(layout.Names, layout.Offsets), Math.Min(layout.TokenTable, layout.TokenIndex));
        _names = names;
        _addresses = addresses;
        _image = image;
    }

    /// <summary>How many symbols the table has, those without a readable name included.</summary>
    public int Count => _names.Count;

    /// <summary>Whether a part of the names is lost.</summary>
    public bool IsIncomplete => Count < _addresses.Count || _names.HasLost;

    /// <summary>Finds the table by VMCOREINFO's symbols, else by scanning the kernel image.</summary>
    /// <param name="memory">The kernel's virtual memory.</param>
    /// <param name="info">The kernel's VMCOREINFO; kernels since 6.0 and many vendors' older ones name the tables in it.</param>
    /// <param name="kernelImage">Where the kernel image lies, as run; a generous end does no harm.</param>
    /// <param name="limits">What a damaged dump may cost.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    public static KallsymsTable? TryOpen(
        IMemory memory, VmcoreInfo info, AddressRange kernelImage, Limits limits, out string? why)
    {
        // Where VMCOREINFO names the tables and they can't be read, they are damaged: a scan would find nothing else.
        if (KallsymsLocator.FromVmcoreInfo(memory, info) is { } told)
            return TryBuild(memory, told, kernelImage, limits, out why);
        if (KallsymsScanner.Find(memory, info, kernelImage) is { } found)
            return TryBuild(memory, found, kernelImage, limits, out why);
        why = "VMCOREINFO doesn't say where kallsyms is, and no token table was found in the kernel image"
            + (KallsymsScanner.FirstLost(memory, kernelImage) is { } lost ? $", which isn't whole: {lost}" : "");
        return null;
    }

    private static KallsymsTable? TryBuild(
        IMemory memory, in KallsymsLayout layout, AddressRange image, Limits limits, out string? why)
    {
        var tokens = KallsymsTokens.TryRead(memory, layout.TokenTable, layout.TokenIndex);
        if (tokens is null)
        {
            why = $"the kallsyms token table at 0x{layout.TokenTable:x} can't be read or isn't one";
            return null;
        }
        var addresses = KallsymsAddressingDetector.Detect(memory, layout, image);
        if (addresses is null)
        {
            why = $"the kallsyms offsets at 0x{layout.Offsets:x} give no ascending addresses inside the kernel image";
            return null;
        }
        var names = KallsymsNameReader.Read(memory, layout, tokens, limits, out why);
        return names is null ? null : new KallsymsTable(names, addresses, image, layout);
    }

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        foreach (var index in IndicesOf(name))
            if (TryAt(index, out symbol))
                return true;
        symbol = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name)
    {
        foreach (var index in IndicesOf(name))
            if (TryAt(index, out var symbol))
                yield return symbol;
    }

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        symbol = default;
        if (!_image.Contains(address))
            return false;
        var index = _addresses.FindFirstAtOrBelow(address);
        if (index < 0 || !TryAt(index, out var found) || _addresses.IsPercpu(found.Address))
            return false;
        // Nothing says how far the very last symbol (the image's end) reaches.
        if (address - found.Address >= found.Size && address != found.Address)
            return false;
        symbol = found;
        return true;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All()
    {
        var names = _names.GetEnumerator();
        while (names.MoveNext())
        {
            if (_addresses.TryGet(names.Index, out var address))
            {
                var name = _names.Decode(names.Current, out var type);
                yield return new Symbol(name, address, ExtentOf(name, names.Index, address), type);
            }
        }
    }

    /// <summary>Whether the symbol's value is an offset into each CPU's area instead of an address (x86 before 6.15).</summary>
    public bool IsPercpuOffset(in Symbol symbol) => _addresses.IsPercpu(symbol.Address);

    private int[] IndicesOf(string name)
    {
        lock (_lock)
        {
            if (!_byName.TryGetValue(name, out var indices))
                _byName[name] = indices = (_index ??= new KallsymsNameIndex(_names)).Find(name);
            return indices;
        }
    }

    private bool TryAt(int index, out Symbol symbol)
    {
        symbol = default;
        if (index >= Count || _names.IsLost(index) || !_addresses.TryGet(index, out var address))
            return false;
        var name = _names.NameOf(index, out var type);
        symbol = new Symbol(name, address, ExtentOf(name, index, address), type);
        return true;
    }

    // These tables are the last that is linked of the read-only data, and behind them lie the compiler's texts, which have no
    // names. Older kernels leave the tables themselves out of the names. Neither belongs to the symbol before it.
    private ulong ExtentOf(string name, int index, ulong address)
    {
        var size = Math.Min(SizeAt(index, address), MostBytesOf(name));
        return address < _tables && _tables - address < size ? _tables - address : size;
    }

    private ulong MostBytesOf(string name)
    {
        const ulong TokenIndexBytes = 512; // 256 offsets of two bytes
        const ulong MarkerEvery = 256;
        if (!name.StartsWith("kallsyms_", StringComparison.Ordinal))
            return ulong.MaxValue;
        var count = (ulong)_count;
        return name switch
        {
            "kallsyms_num_syms" or "kallsyms_relative_base" => sizeof(ulong),
            "kallsyms_token_index" => TokenIndexBytes,
            "kallsyms_markers" => (count / MarkerEvery + 1) * sizeof(ulong),
            "kallsyms_offsets" => count * sizeof(uint),
            "kallsyms_addresses" => count * sizeof(ulong),
            "kallsyms_seqs_of_names" => count * 3,
            _ => ulong.MaxValue,
        };
    }

    /// <summary>The distance to the next different address; 0 for the last one.</summary>
    private ulong SizeAt(int index, ulong address)
    {
        // Mostly it is the next symbol; but some kernels have thousands for one address.
        var next = index + 1;
        if (!_addresses.TryGet(next, out var following) || following <= address)
            next = _addresses.FirstAbove(address, next);
        if (next < 0 || !_addresses.TryGet(next, out following))
            return 0;
        return _addresses.IsPercpu(address) != _addresses.IsPercpu(following) ? 0 : following - address;
    }
}
