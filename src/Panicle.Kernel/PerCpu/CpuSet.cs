using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.PerCpu;

/// <summary>
/// The machine's CPUs: which there are, where their per-CPU variables lie (<c>__per_cpu_offset</c>), and the registers
/// that each saved when it stopped (<c>crash_notes</c>, or the dump's NT_PRSTATUS notes).
/// </summary>
public sealed class CpuSet
{
    private const int MostCpus = 8192; // The largest CONFIG_NR_CPUS of any architecture.

    private readonly KernelDump _kernel;
    private readonly Lazy<IReadOnlyDictionary<int, CpuRegisters>> _registers;
    private readonly Dictionary<int, ulong> _offsets = [];

    internal CpuSet(KernelDump kernel)
    {
        _kernel = kernel;
        Possible = ReadMask("__cpu_possible_mask") ?? CountFromOffsets();
        var online = Union(ReadMask("__cpu_online_mask"), ReadMask("__cpu_active_mask"));
        var present = ReadMask("__cpu_present_mask");
        Online = online ?? Possible;
        Present = present ?? Possible;
        Offline = online is null || present is null ? null : [.. present.Except(online)];
        ReadOffsets();
        _registers = new Lazy<IReadOnlyDictionary<int, CpuRegisters>>(() => SavedRegisters.Read(_kernel, this));
    }

    /// <summary>Numbers of the CPUs that the machine could have, ascending.</summary>
    public IReadOnlyList<int> Possible { get; }

    /// <summary>Numbers of the CPUs that were plugged in.</summary>
    public IReadOnlyList<int> Present { get; }

    /// <summary>
    /// Numbers of the CPUs that ran. A panic that isn't captured through kexec stops the other CPUs by taking them out of the
    /// online mask (<c>stop_this_cpu</c>, arch/x86/kernel/process.c), and leaves them in the active one.
    /// </summary>
    public IReadOnlyList<int> Online { get; }

    /// <summary>Numbers of the CPUs that were plugged in and did not run; null where that can't be read.</summary>
    public IReadOnlyList<int>? Offline { get; }

    /// <summary>The registers that each CPU saved; a CPU that saved none is missing.</summary>
    public IReadOnlyDictionary<int, CpuRegisters> Registers => _registers.Value;

    /// <summary>Distance of a CPU's per-CPU area from the addresses of per-CPU symbols.</summary>
    public ulong OffsetOf(int cpu) =>
        _offsets.TryGetValue(cpu, out var offset) ? offset : throw new KernelReadException($"CPU {cpu} has no per-CPU area");

    internal bool TryOffsetOf(int cpu, out ulong offset) => _offsets.TryGetValue(cpu, out offset);

    /// <summary>Address of a CPU's own copy of a per-CPU variable.</summary>
    /// <param name="variable">Its symbol.</param>
    /// <param name="cpu">The CPU.</param>
    public ulong AddressOf(string variable, int cpu) => _kernel.SymbolAddress(variable) + OffsetOf(cpu);

    /// <summary>Address of a CPU's own copy of a dynamically allocated per-CPU object (a <c>__percpu</c> pointer).</summary>
    public ulong AddressOf(ulong percpuPointer, int cpu) => percpuPointer + OffsetOf(cpu);

    /// <summary>
    /// Whether an address (a symbol's) is that of a per-CPU variable's template, to which a CPU's offset is to be added.
    /// </summary>
    public bool IsPerCpu(ulong address) =>
        _kernel.TrySymbolAddress("__per_cpu_start", out var start) && _kernel.TrySymbolAddress("__per_cpu_end", out var end)
        && address >= start && address < end;

    private void ReadOffsets()
    {
        var table = _kernel.SymbolAddress("__per_cpu_offset");
        foreach (var cpu in Possible)
        {
            if (_kernel.Memory.TryReadWord(_kernel.Memory.Words.At(table, cpu), out var offset))
                _offsets[cpu] = offset;
        }
    }

    private static List<int>? Union(List<int>? online, List<int>? active) =>
        online is null || active is null ? online ?? active : [.. online.Union(active).Order()];

    private List<int>? ReadMask(string symbol)
    {
        if (!_kernel.TrySymbolAddress(symbol, out var address))
            return null;
        var words = _kernel.Memory.Words;
        var longs = Math.Max(1, MaskLongs());
        var cpus = new List<int>();
        for (var i = 0; i < longs; i++)
        {
            if (!_kernel.Memory.TryReadWord(words.At(address, i), out var word))
                return cpus.Count > 0 ? cpus : null;
            for (; word != 0; word &= word - 1)
                cpus.Add(i * words.Bits + System.Numerics.BitOperations.TrailingZeroCount(word));
        }
        return cpus.Count > 0 ? cpus : null;
    }

    // struct cpumask is exactly NR_CPUS bits; read beyond it would be another variable.
    private int MaskLongs()
    {
        var words = _kernel.Memory.Words;
        var size = Losses.Ignored.Try(() => _kernel.Types.Parse("struct cpumask"))?.Size ?? (ulong)words.Size;
        return (int)Math.Min(size / (uint)words.Size, (ulong)(MostCpus / words.Bits));
    }

    // Without the mask: the offsets of CPUs that exist differ, the others keep the link-time value.
    private List<int> CountFromOffsets()
    {
        var cpus = new List<int>();
        var seen = new HashSet<ulong>();
        var table = _kernel.SymbolAddress("__per_cpu_offset");
        var words = _kernel.Memory.Words;
        for (var cpu = 0; cpu < MostCpus && _kernel.Memory.TryReadWord(words.At(table, cpu), out var offset)
            && seen.Add(offset); cpu++)
            cpus.Add(cpu);
        return cpus;
    }
}
