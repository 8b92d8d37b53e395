using Panicle.Kernel.Mm;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.PerCpu;

/// <summary>
/// Where the CPUs' own memory lies (mm/percpu.c): a first chunk with the static variables, and chunks for what is allocated
/// later. In each chunk every CPU has a unit of the same size at the same distance from the chunk's start.
/// </summary>
internal sealed class PerCpuAreas
{
    private const int MostChunks = 65536;
    private const int MostSlots = 256;

    private readonly KernelDump _kernel;
    private readonly List<(AddressRange Range, int Cpu)> _units = [];
    private readonly AddressRange _variables;
    private Symbol[]? _symbols;

    public PerCpuAreas(KernelDump kernel)
    {
        _kernel = kernel;
        var size = kernel.Memory.ReadUInt32(kernel.SymbolAddress("pcpu_unit_size"), "pcpu_unit_size");
        var offsets = kernel.Memory.ReadWord(kernel.SymbolAddress("pcpu_unit_offsets"), "pcpu_unit_offsets");
        _variables = new AddressRange(kernel.SymbolAddress("__per_cpu_start"), kernel.SymbolAddress("__per_cpu_end"));
        foreach (var chunk in Chunks())
        {
            foreach (var cpu in kernel.Cpus.Possible)
            {
                if (kernel.Memory.TryReadWord(kernel.Memory.Words.At(offsets, cpu), out var offset))
                    _units.Add((new AddressRange(chunk + offset, chunk + offset + size), cpu));
            }
        }
    }

    /// <summary>The CPU whose memory an address lies in, and the variable; null if it is no CPU's.</summary>
    public PerCpuPlace? Find(ulong address)
    {
        foreach (var (range, cpu) in _units)
        {
            if (!range.Contains(address))
                continue;
            var pointer = address - _kernel.Cpus.OffsetOf(cpu);
            return new PerCpuPlace(cpu, pointer, _variables.Contains(pointer) ? VariableAt(pointer) : null);
        }
        return null;
    }

    // The variables' addresses may start at 0, far from the kernel's other symbols: a look-up by address doesn't find them.
    private Symbol? VariableAt(ulong pointer)
    {
        _symbols ??= [.. _kernel.Symbols.Kernel.All().Where(symbol => _variables.Contains(symbol.Address))
            .OrderBy(symbol => symbol.Address)];
        var index = Array.FindLastIndex(_symbols, symbol => symbol.Address <= pointer);
        return index >= 0 ? _symbols[index] : null;
    }

    // The first chunk, which holds the variables, is known without the lists.
    private List<ulong> Chunks()
    {
        var first = _kernel.Memory.ReadWord(_kernel.SymbolAddress("pcpu_base_addr"), "pcpu_base_addr");
        return [.. new[] { first }.Concat(Losses.Ignored.Try(OtherChunks) ?? []).Distinct()];
    }

    private List<ulong> OtherChunks()
    {
        var chunks = new List<ulong>();
        var lists = _kernel.Memory.ReadWord(_kernel.SymbolAddress("pcpu_chunk_lists"), "pcpu_chunk_lists");
        var slots = _kernel.Memory.ReadUInt32(_kernel.SymbolAddress("pcpu_nr_slots"), "pcpu_nr_slots");
        for (uint slot = 0; slot < Math.Min(slots, MostSlots); slot++)
        {
            var list = _kernel.Memory.Words.At(lists, 2 * slot); // A list_head has two pointers.
            foreach (var chunk in KernelLists.Entries(_kernel.Context, list, "struct pcpu_chunk", "list").Take(MostChunks))
            {
                if (Losses.Ignored.Try(() => chunk["base_addr"].ToUInt64()) is { } start)
                    chunks.Add(start);
            }
        }
        return chunks;
    }
}
