using System.Buffers.Binary;
using Panicle.Kernel;

namespace Panicle.BadInput.Tests;

/// <summary>
/// A copy of a dump, as an ELF file, in which the tables that a dump explains itself with can be changed word by word: where each
/// lies, the undamaged dump tells.
/// </summary>
internal sealed class DamagedTables : IDisposable
{
    private const int MostWords = 40;
    private const int MostWordsOfLarge = 14;
    private const int LargeTable = 1 << 20;
    private const int Word = sizeof(ulong);

    private readonly byte[] _original;
    private readonly Dictionary<string, List<(ulong Start, ulong End)>> _tables = [];
    private readonly List<ulong> _pointers = [];
    private readonly List<(ulong Start, ulong End, ulong Offset)> _segments = [];
    private readonly Func<ulong, ulong?> _physical;
    private readonly KernelDump _kernel;
    private readonly List<long> _changed = [];

    public DamagedTables()
    {
        var source = Formats.FilesOf("ELF")[0];
        _original = File.ReadAllBytes(source);
        File.WriteAllBytes(Path, _original);
        ReadSegments();
        _kernel = KernelDump.Open([source]);
        _physical = address => _kernel.Memory.TryPhysical(address, out var physical) ? physical : null;
        Between("BTF", "__start_BTF", "__stop_BTF");
        Between("ORC", "__start_orc_unwind", "__stop_orc_unwind");
        Between("ORC", "__start_orc_unwind_ip", "__stop_orc_unwind_ip");
        foreach (var (name, bytes) in (ReadOnlySpan<(string, ulong)>)
            [("kallsyms_names", 1 << 20), ("kallsyms_token_table", 1024), ("kallsyms_token_index", 512),
                ("kallsyms_offsets", 1 << 18), ("kallsyms_num_syms", 8), ("kallsyms_relative_base", 8)])
            Add("kallsyms", _kernel.Info.Symbol(name)!.Value, bytes);
        At("printk ring", "_printk_rb_static_descs", 1 << 16);
        At("printk ring", "_printk_rb_static_infos", 1 << 16);
        At("printk ring", "printk_rb_static", 128);
        At("printk ring", "__log_buf", 1 << 16);
        At("module list", "modules", 16);
        foreach (var module in _kernel.Modules.All)
            Add("module list", module.Address, 1024);
        At("task list", "init_task", 8192);
        foreach (var task in _kernel.Tasks.All)
            Add("task list", task.Address, 8192);
        _pointers.AddRange(_kernel.Tasks.All.Select(task => task.Address));
        _pointers.AddRange(_tables.Values.SelectMany(table => table).Select(range => range.Start));
    }

    /// <summary>The tables that can be damaged.</summary>
    public static readonly string[] Names = ["BTF", "ORC", "kallsyms", "printk ring", "module list", "task list"];

    /// <summary>Where the damaged dump lies.</summary>
    public string Path { get; } = Formats.NewPath();

    /// <summary>Changes some words of a table; the same for the same random numbers.</summary>
    public string Damage(string table, Random random)
    {
        var ranges = _tables[table];
        // A few places of what is small or walked, up to thousands of what is looked up in.
        var words = ranges.Sum(range => (double)(range.End - range.Start)) > LargeTable
            ? 1 << random.Next(MostWordsOfLarge)
            : random.Next(1, MostWords);
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write);
        Span<byte> bytes = stackalloc byte[Word];
        for (var i = 0; i < words; i++)
        {
            var (start, end) = ranges[random.Next(ranges.Count)];
            // Small fields lie closer together than words: any even place will do.
            var address = start + (ulong)random.NextInt64((long)(end - start) - Word) / 2 * 2;
            if (_physical(address) is not { } physical || OffsetOf(physical) is not { } offset)
                continue;
            var length = random.Next(3) switch { 0 => 2, 1 => 4, _ => Word };
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Value(random, address));
            RandomAccess.Write(file, bytes[..length], offset);
            _changed.Add(offset);
        }
        Assert.NotEmpty(_changed);
        return $"{table}, {words} words";
    }

    /// <summary>Changes one variable of 32 bits.</summary>
    public void Set(string variable, uint value)
    {
        Assert.True(_kernel.Symbols.TryFind(variable, out var at));
        var offset = OffsetOf(_physical(at.Address)!.Value)!.Value;
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, BitConverter.GetBytes(value), offset);
        _changed.Add(offset);
    }

    /// <summary>Takes the damage back, for the next one.</summary>
    public void Restore()
    {
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write);
        foreach (var offset in _changed)
            RandomAccess.Write(file, _original.AsSpan((int)offset, Word), offset);
        _changed.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        File.Delete(Path);
    }

    // Sizes, counts, offsets and links as they do most harm.
    private ulong Value(Random random, ulong address) => random.Next(10) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 0x7fffffff_7fffffff,
        3 => 0x80000000_80000000,
        4 => address, // A list of one that leads to itself.
        5 or 6 => _pointers[random.Next(_pointers.Count)],
        7 => (ulong)random.Next(1 << 16),
        8 => 0x00ffffff_00ffffff,
        _ => (ulong)random.NextInt64(),
    };

    private void Between(string table, string start, string end)
    {
        if (_kernel.Symbols.TryFind(start, out var from) && _kernel.Symbols.TryFind(end, out var to))
            Add(table, from.Address, to.Address - from.Address);
    }

    private void At(string table, string symbol, ulong bytes)
    {
        if (_kernel.Symbols.TryFind(symbol, out var at))
            Add(table, at.Address, bytes);
    }

    private void Add(string table, ulong start, ulong bytes)
    {
        if (!_tables.TryGetValue(table, out var ranges))
            _tables[table] = ranges = [];
        ranges.Add((start, start + Math.Max(bytes, 2 * Word)));
    }

    private void ReadSegments()
    {
        var header = _original.AsSpan();
        var at = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        for (var i = 0; i < count; i++, at += 56)
        {
            var segment = header[at..];
            var physical = BinaryPrimitives.ReadUInt64LittleEndian(segment[24..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) == 1)
                _segments.Add((physical, physical + BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(segment[8..])));
        }
    }

    private long? OffsetOf(ulong physical)
    {
        foreach (var (start, end, offset) in _segments)
        {
            if (physical >= start && physical + Word <= end)
                return (long)(offset + physical - start);
        }
        return null;
    }
}
