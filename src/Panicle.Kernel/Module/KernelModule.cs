using Panicle.Kernel.Values;
using Panicle.Symbols;
using Panicle.Symbols.Orc;

namespace Panicle.Kernel.Module;

/// <summary>A loaded module (<c>struct module</c>, include/linux/module.h).</summary>
public sealed class KernelModule
{
    private readonly KernelDump _kernel;
    private readonly Lazy<ISymbolTable?> _symbols;
    private readonly Lazy<IOrcTable?> _orc;
    private readonly Lazy<string?> _buildId;

    internal KernelModule(KernelDump kernel, KernelValue value)
    {
        _kernel = kernel;
        Value = value;
        Name = value["name"].ToText();
        State = (ModuleState)value["state"].ToInt32();
        Regions = ModuleRegion.Read(value);
        _symbols = new Lazy<ISymbolTable?>(() => Losses.Ignored.Try(ReadSymbols));
        _orc = new Lazy<IOrcTable?>(() => Losses.Ignored.Try(ReadOrc));
        _buildId = new Lazy<string?>(ReadBuildId);
    }

    /// <summary>The <c>struct module</c> itself.</summary>
    public KernelValue Value { get; }

    /// <summary>Address of the <c>struct module</c>.</summary>
    public ulong Address => Value.Address;

    /// <summary>Its name, with underscores as the kernel has it.</summary>
    public string Name { get; }

    /// <summary>Whether it is live, coming, going or unformed.</summary>
    public ModuleState State { get; }

    /// <summary>The memory it occupies, text first.</summary>
    public IReadOnlyList<ModuleRegion> Regions { get; }

    /// <summary>Where its text starts: the address that <c>/proc/modules</c> shows.</summary>
    public ulong Base => Regions.Count > 0 ? Regions[0].Range.Start : 0;

    /// <summary>
    /// Bytes that it occupies, init sections left out: the size that <c>/proc/modules</c> and <c>lsmod</c> show.
    /// </summary>
    public ulong Size => (ulong)Regions.Where(region => !region.IsInit).Sum(region => (long)region.Range.Length);

    /// <summary>Its taint bits, in the kernel's numbering (bit 12: out of tree).</summary>
    public ulong Taints => Value["taints"].ToUInt64();

    /// <summary>Its names; null where its table was not kept or can't be read.</summary>
    public ISymbolTable? Symbols => _symbols.Value;

    /// <summary>Its unwind rules; null where there are none.</summary>
    public IOrcTable? Orc => _orc.Value;

    /// <summary>
    /// The build ID of its file in lower-case hex, from the notes that were loaded with it; null where they can't be read.
    /// </summary>
    public string? BuildId => _buildId.Value;

    /// <summary>What the module's files are found by.</summary>
    public KernelBinary Binary => new(Name, BuildId, _kernel.Info.Release);

    /// <summary>Whether an address lies in the module's memory.</summary>
    public bool Contains(ulong address)
    {
        foreach (var region in Regions)
        {
            if (region.Range.Contains(address))
                return true;
        }
        return false;
    }

    // Notes are read-only data: what can be told to be code or writable is looked at last.
    private string? ReadBuildId() => Regions.Where(region => !region.IsInit)
        .OrderBy(region => region.Name is "rodata" or "core" ? 0 : 1)
        .Select(region => BuildIdNote.Find(_kernel.Memory, region.Range))
        .FirstOrDefault(id => id is not null);

    private ModuleSymbolTable? ReadSymbols()
    {
        var kallsyms = Value["kallsyms"];
        if (!kallsyms.IsTrue)
            return null;
        const int SymbolSize = 24; // Elf64_Sym
        var count = kallsyms["num_symtab"].ToUInt64();
        var symbols = _kernel.Memory.ReadBlock(
            kallsyms["symtab"].ToUInt64(), count * SymbolSize, _kernel.Limits, $"symbol table of {Name}");
        var types = kallsyms.Has("typetab")
            ? _kernel.Memory.ReadBlock(kallsyms["typetab"].ToUInt64(), count, _kernel.Limits, $"symbol types of {Name}")
            : [];
        var names = ReadStrings(kallsyms["strtab"].ToUInt64(), symbols);
        return new ModuleSymbolTable(Name, symbols, names, types, [.. Regions.Select(region => region.Range)]);
    }

    // The string table's length isn't kept: it ends with the last symbol's name.
    private byte[] ReadStrings(ulong address, ReadOnlySpan<byte> symbols)
    {
        uint last = 0;
        for (var i = 0; i + 24 <= symbols.Length; i += 24)
            last = Math.Max(last, _kernel.Memory.Words.ReadUInt32(symbols[i..]));
        var tail = _kernel.Memory.ReadString(address + last, 1024, $"symbol names of {Name}").Length + 1;
        return _kernel.Memory.ReadBlock(address, (ulong)last + (ulong)tail, _kernel.Limits, $"symbol names of {Name}");
    }

    private IOrcTable? ReadOrc()
    {
        if (!Value.Has("arch.num_orcs"))
            return null;
        var count = Value["arch.num_orcs"].ToUInt64();
        var ip = Value["arch.orc_unwind_ip"].ToUInt64();
        var rules = Value["arch.orc_unwind"].ToUInt64();
        return _kernel.Orc.Open(new AddressRange(ip, ip + count * 4), new AddressRange(rules, rules + count * 6));
    }
}

/// <summary>Where a module is in its life (<c>enum module_state</c>, include/linux/module.h).</summary>
public enum ModuleState
{
    /// <summary>MODULE_STATE_LIVE: loaded and in use.</summary>
    Live,
    /// <summary>Fully formed, running its init function.</summary>
    Coming,
    /// <summary>MODULE_STATE_GOING: its exit function runs.</summary>
    Going,
    /// <summary>Still being set up.</summary>
    Unformed,
}
