using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Sched;

/// <summary>Reads how much memory processes have (<c>mm_struct.rss_stat</c>, include/linux/mm_types.h). Thread-safe.</summary>
public sealed class TaskMemoryReader
{
    private readonly KernelDump _kernel;
    private readonly StructLayout _mm;
    private readonly int _swap;
    private readonly Lazy<ILookup<ulong, KernelTask>> _byMm;
    private readonly ICounters _counters;

    internal TaskMemoryReader(KernelDump kernel)
    {
        _kernel = kernel;
        _mm = new StructLayout(kernel.Types, "struct mm_struct");
        _swap = (int)(kernel.Types.FindEnumerator("MM_SWAPENTS") ?? 2);
        _byMm = new(() => kernel.Tasks.All.Where(task => task.Mm != 0).ToLookup(task => task.Mm));
        _counters = MakeCounters();
    }

    // What the counters are changed shape in 6.2: one atomic for each kind, fed by the threads' own small counters
    // before; per-CPU counters since.
    private interface ICounters
    {
        /// <summary>The shared part of a counter and what waits to be added to it, in pages.</summary>
        (long Counted, long Pending) Read(ulong mm, int index);

        int Count { get; }
    }

    /// <summary>The memory of a task's process; nothing for a thread of the kernel.</summary>
    public TaskMemory Of(KernelTask task)
    {
        var mm = task.Mm;
        if (mm == 0)
            return default;
        var total = _kernel.Memory.ReadWord(mm + (ulong)_mm.Offset("total_vm"), "mm_struct.total_vm");
        long counted = 0, pending = 0;
        for (var i = 0; i < _counters.Count; i++)
        {
            if (i == _swap)
                continue;
            var (shared, waiting) = _counters.Read(mm, i);
            counted += shared;
            pending += waiting;
        }
        return new TaskMemory(total, counted, pending);
    }

    private ICounters MakeCounters()
    {
        var type = _kernel.Types.Parse("struct mm_struct");
        if (type is not null && type.TryFindMember("rss_stat", out var member)
            && member.Type.Strip() is { Kind: TypeKind.Array } array)
            return new PerCpuCounters(_kernel, (int)member.Offset, (int)array.Count);
        if (type is not null && type.TryFindMember("rss_stat.count", out member)
            && member.Type.Strip() is { Kind: TypeKind.Array } plain)
            return new AtomicCounters(this, (int)member.Offset, (int)plain.Count);
        throw new KernelReadException("struct mm_struct has no member rss_stat of a known shape in this kernel");
    }

    private sealed class AtomicCounters(TaskMemoryReader owner, int offset, int count) : ICounters
    {
        private readonly int _perTask =
            new StructLayout(owner._kernel.Types, "struct task_struct").OptionalOffset("rss_stat.count");

        public int Count => count;

        public (long Counted, long Pending) Read(ulong mm, int index)
        {
            var memory = owner._kernel.Memory;
            var counted = memory.ReadSignedWord(mm + (ulong)(offset + index * memory.Words.Size), "mm_struct.rss_stat");
            long pending = 0;
            if (_perTask >= 0)
                foreach (var thread in owner._byMm.Value[mm])
                    if (memory.TryReadUInt32(thread.Address + (ulong)(_perTask + index * 4), out var own))
                        pending += (int)own;
            return (counted, pending);
        }
    }

    private sealed class PerCpuCounters : ICounters
    {
        private readonly KernelDump _kernel;
        private readonly StructLayout _counter;
        private readonly int _offset;
        private readonly int _shared;
        private readonly int _own;

        public PerCpuCounters(KernelDump kernel, int offset, int count)
        {
            _kernel = kernel;
            _counter = new StructLayout(kernel.Types, "struct percpu_counter");
            _offset = offset;
            _shared = _counter.Offset("count");
            _own = _counter.OptionalOffset("counters"); // Not there in a kernel for one CPU.
            Count = count;
        }

        public int Count { get; }

        public (long Counted, long Pending) Read(ulong mm, int index)
        {
            Span<byte> bytes = stackalloc byte[256];
            bytes = bytes[..Math.Min(_counter.Size, bytes.Length)];
            _kernel.Memory.Read(mm + (ulong)(_offset + index * _counter.Size), bytes, "mm_struct.rss_stat");
            var counted = (long)_kernel.Memory.Words.ReadUInt64(bytes[_shared..]);
            long pending = 0;
            if (_own >= 0 && _kernel.Memory.Words.ReadWord(bytes[_own..]) is var perCpu and not 0)
                foreach (var cpu in _kernel.Cpus.Online)
                    pending += (int)_kernel.Memory.ReadUInt32(_kernel.Cpus.AddressOf(perCpu, cpu), "percpu_counter.counters");
            return (counted, pending);
        }
    }
}
