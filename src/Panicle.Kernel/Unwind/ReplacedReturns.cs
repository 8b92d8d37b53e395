using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Unwind;

/// <summary>
/// Return addresses that the kernel itself has replaced on a stack, so as to notice when a function returns: the function graph
/// tracer (and what is made of it: fprobes and BPF's multi-kprobes since 6.14) and probes of returns (kretprobes; rethooks since
/// 5.18). A code address of theirs stands on the stack then, and the original is in the task's own records, each with
/// the place on the stack that it was taken from: so a record that is found is the right one.
/// </summary>
public sealed class ReplacedReturns
{
    // A task has at most 50 records of the tracer (FTRACE_RETFUNC_DEPTH), and since 6.11 a page (SHADOW_STACK_SIZE) of them.
    private const int MostEntries = 256;
    private const int MostWords = 4096;
    private const int MostProbes = 4096;
    private const int ProbeBuckets = 64; // KPROBE_TABLE_SIZE

    private static readonly (string Name, FoundBy By)[] Names =
    [
        ("return_to_handler", FoundBy.GraphTracer), ("kretprobe_trampoline", FoundBy.ReturnProbe),
        ("__kretprobe_trampoline", FoundBy.ReturnProbe), ("arch_rethook_trampoline", FoundBy.ReturnProbe),
    ];

    private readonly KernelDump _kernel;
    private readonly Dictionary<ulong, FoundBy> _trampolines = [];

    internal ReplacedReturns(KernelDump kernel)
    {
        _kernel = kernel;
        foreach (var (name, by) in Names)
        {
            if (Losses.Ignored.Try(() => kernel.TrySymbolAddress(name, out var address) ? address : 0ul) is { } found and not 0)
                _trampolines.TryAdd(found, by);
        }
    }

    /// <summary>Whether an address is one that stands in the place of a return address.</summary>
    public bool Contains(ulong address) => _trampolines.ContainsKey(address);

    /// <summary>
    /// The originals of a task's replaced return addresses, by where on the stack they were. Of a place from which several were
    /// taken, one over the other, it is the return address.
    /// </summary>
    public IReadOnlyDictionary<ulong, ReplacedReturn> OfTask(KernelTask task)
    {
        var originals = new Dictionary<ulong, ReplacedReturn>();
        if (_trampolines.Count == 0)
            return originals;
        foreach (var record in All(task))
        {
            if (record.Place != 0 && record.Original != 0 && !Contains(record.Original))
                originals.TryAdd(record.Place, record);
        }
        return originals;
    }

    // What can't be read is missing: the walk says of each address that it finds no record for it.
    private IEnumerable<ReplacedReturn> All(KernelTask task) =>
        ((ReadOnlySpan<Func<KernelTask, List<ReplacedReturn>>>)[OfTracer, OfRethooks, OfProbes, OfProbesInTable]).ToArray()
            .SelectMany(read => Losses.Ignored.Try(() => read(task)) ?? []);

    private List<ReplacedReturn> OfTracer(KernelTask task)
    {
        var records = new List<ReplacedReturn>();
        var value = task.Value;
        var layout = new StructLayout(_kernel.Types, "struct ftrace_ret_stack");
        var (original, place, function) =
            (layout.OptionalOffset("ret"), layout.OptionalOffset("retp"), layout.OptionalOffset("func"));
        if (!value.Has("ret_stack") || original < 0 || place < 0 || function < 0)
            return records;
        var stack = value["ret_stack"].ToUInt64();
        var top = value["curr_ret_stack"].ToInt64();
        if (stack == 0 || top < 0)
            return records;
        // The stack was an array of records, of which top is the newest, and is one of words since 6.11, of which top are in use:
        // beside the records it holds what else belongs to a call there, of any length.
        var isOfWords = value["ret_stack"].Type.Strip().Target?.Strip() is not { Kind: TypeKind.Struct };
        var word = _kernel.Memory.Words.Size;
        var step = isOfWords ? word : layout.Size;
        var count = isOfWords ? Math.Min(top, MostWords) - layout.Size / word + 1 : Math.Min(top + 1, MostEntries);
        for (var i = count - 1; i >= 0; i--)
        {
            var at = stack + (ulong)(i * step);
            if (Read(at, original, place, FoundBy.GraphTracer) is { } record
                && (!isOfWords || IsOfFunction(at + (ulong)function)))
                records.Add(record);
        }
        return records;
    }

    // In the array of words anything may stand at the distance of a record's members.
    private bool IsOfFunction(ulong member) => _kernel.Memory.TryReadWord(member, out var address)
        && _kernel.Symbols.TryLookup(address, out var symbol) && symbol.IsText;

    private List<ReplacedReturn> OfRethooks(KernelTask task) =>
        OnList(task, "rethooks", "struct rethook_node", "ret_addr", "frame");

    private List<ReplacedReturn> OfProbes(KernelTask task) =>
        OnList(task, "kretprobe_instances", "struct kretprobe_instance", "ret_addr", "fp");

    private List<ReplacedReturn> OnList(KernelTask task, string head, string structure, string original, string place)
    {
        var layout = new StructLayout(_kernel.Types, structure);
        var link = layout.OptionalOffset("llist");
        if (link < 0 || layout.OptionalOffset(original) < 0 || !task.Value.Has(head))
            return [];
        var first = task.Value[head]["first"].ToUInt64();
        return [.. LinkedStructures.Chain(_kernel.Context, first, 0).Take(MostProbes)
            .Select(node => Read(node - (ulong)link, layout.Offset(original), layout.Offset(place), FoundBy.ReturnProbe))
            .OfType<ReplacedReturn>()];
    }

    // Before 5.11 the probes of all tasks are in one table.
    private List<ReplacedReturn> OfProbesInTable(KernelTask task)
    {
        var layout = new StructLayout(_kernel.Types, "struct kretprobe_instance");
        var owner = layout.OptionalOffset("task");
        if (owner < 0 || layout.OptionalOffset("hlist") < 0 || !_kernel.TrySymbolAddress("kretprobe_inst_table", out var table))
            return [];
        return [.. Enumerable.Range(0, ProbeBuckets)
            .SelectMany(bucket => KernelLists.HashEntries(
                _kernel.Context, _kernel.Memory.Words.At(table, bucket), "struct kretprobe_instance", "hlist").Take(MostProbes))
            .Where(probe => _kernel.Memory.TryReadWord(probe.Address + (ulong)owner, out var of) && of == task.Address)
            .Select(probe => Read(probe.Address, layout.Offset("ret_addr"), layout.Offset("fp"), FoundBy.ReturnProbe))
            .OfType<ReplacedReturn>()];
    }

    private ReplacedReturn? Read(ulong record, int original, int place, FoundBy by) =>
        _kernel.Memory.TryReadWord(record + (ulong)original, out var address)
        && _kernel.Memory.TryReadWord(record + (ulong)place, out var where)
            ? new ReplacedReturn(where, address, by) : null;
}

/// <summary>A return address that isn't on the stack any more.</summary>
/// <param name="Place">Address of the word on the stack in which it was.</param>
/// <param name="Original">The return address.</param>
/// <param name="By">Who has replaced it.</param>
public readonly record struct ReplacedReturn(ulong Place, ulong Original, FoundBy By);
