using System.Text.RegularExpressions;
using Panicle.Logs.Layers;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>What an event's lines say of where it happened.</summary>
/// <param name="Named">The function of its headline.</param>
/// <param name="Instruction">Where the CPU was.</param>
/// <param name="Acquiring">Where lockdep says that a lock is being taken.</param>
/// <param name="Held">Where one that is still held was taken.</param>
/// <param name="Work">The function of the work that a worker was at.</param>
/// <param name="Traces">The call traces.</param>
internal sealed record EventPlaces(
    BacktraceFrame? Named, BacktraceFrame? Instruction, BacktraceFrame? Acquiring, BacktraceFrame? Held, BacktraceFrame? Work,
    IReadOnlyList<CallTrace> Traces)
{
    /// <summary>The first handler of an interrupt that nobody handled.</summary>
    public BacktraceFrame? Handler { get; init; }
}

/// <summary>
/// Finds the function to blame among an event's frames: the first one outside of the layers that everybody calls
/// (<see cref="KernelLayers"/>). Where all frames are in them, the innermost that isn't only an instrument.
/// </summary>
internal static partial class Culprit
{
    /// <summary>The frame to blame, or null.</summary>
    public static BacktraceFrame? Find(OopsKind kind, Blame blame, EventPlaces places)
    {
        var (named, instruction, acquiring, held, work, traces) = places;
        BacktraceFrame? First(params IEnumerable<BacktraceFrame?> frames) => Culprit.First(frames, kind);
        IEnumerable<BacktraceFrame> Of(string title) => traces
            .Where(trace => trace.Title.Contains(title, StringComparison.Ordinal)).SelectMany(trace => trace.Frames);
        return blame switch
        {
            Blame.Nothing => null,
            Blame.Named => named ?? First(Main(traces)),
            Blame.Headline => First([named, .. Main(traces)]) ?? First(Others(traces)) ?? Place(named),
            Blame.Pointer => First([instruction ?? named ?? Interrupted(traces), .. After(instruction, Main(traces))])
                ?? First(Others(traces)) ?? Place(instruction ?? named),
            Blame.Lock => First([acquiring, .. Main(traces), .. Taking(traces)]) ?? First(Others(traces)),
            Blame.Stuck => StuckOperation.Find(instruction, traces) ?? First([instruction, .. Main(traces)]) ?? work,
            Blame.Recursion => Recursing(traces) ?? StuckOperation.Find(instruction, traces)
                ?? First([instruction, .. Main(traces)]),
            Blame.Held => First([held, .. Main(traces)]) ?? First(Others(traces)),
            Blame.Owner => First(traces.Where(trace => trace.Title.StartsWith("page last allocated", StringComparison.Ordinal))
                .SelectMany(trace => trace.Frames).Where(IsNoWrapper)) ?? First(Main(traces)),
            Blame.Freed => First(Of("Freed in")) ?? First(Of("Allocated in")) ?? First(Main(traces)),
            Blame.Allocated => First(Of("Allocated in")) ?? First(Main(traces)),
            Blame.Handler => places.Handler,
            Blame.Allocation => First(traces.SelectMany(trace => trace.Frames).Where(IsNoWrapper)),
            Blame.Waiter => Waiting(traces) ?? First(Main(traces)) ?? work,
            _ => First([acquiring, .. Main(traces)]) ?? First(Others(traces)),
        };
    }

    // The kernel has wrappers of allocation everywhere (sock_alloc_inode, htab_map_alloc): who wanted memory comes behind them.
    private static bool IsNoWrapper(BacktraceFrame frame) =>
        frame.Module is not null || frame.Function?.Contains("alloc", StringComparison.Ordinal) != true;

    private static BacktraceFrame? First(IEnumerable<BacktraceFrame?> frames, OopsKind kind)
    {
        BacktraceFrame? inside = null;
        var passed = KernelLayers.PassedOver(kind);
        var isInnermost = true;
        foreach (var frame in frames)
        {
            if (!CanBeBlamed(frame))
                continue;
            var layer = KernelLayers.Of(frame!);
            var isDispatcher = StuckOperation.IsDispatcher(frame!.Function!);
            // Beyond where the kernel calls what was registered, or where an interrupt came, is nobody who asked for it.
            if (inside is not null && (layer == Layer.Entry || isDispatcher))
                break;
            // A registration is its caller's mistake where it says so itself; what it does wrong further in is its own.
            if (isInnermost && (layer & (Layer.Report | Layer.Entry)) == 0)
            {
                isInnermost = false;
                passed &= layer | ~Layer.Registration;
            }
            if ((layer & KernelLayers.Never(kind)) != 0)
                continue;
            if ((layer & passed) == 0)
                return frame;
            if (!isDispatcher || layer != Layer.Deferred)
                inside ??= frame;
        }
        return inside;
    }

    /// <summary>
    /// Whether a frame is one that a function is named by. A return address at a function's very start belongs to the one before
    /// it, which ends with a call that never returns.
    /// </summary>
    public static bool CanBeBlamed(BacktraceFrame? frame) =>
        frame is { Function: not null, IsReliable: true, IsInlined: false } && (frame.Offset != 0 || frame.IsException);

    // Without a trace, where the CPU was is better than nothing, unless it was in what only reports what others did.
    private static BacktraceFrame? Place(BacktraceFrame? frame) =>
        frame is { Function: not null } && (KernelLayers.Of(frame) & (Layer.Report | Layer.Library)) == 0 ? frame : null;

    // The event's own traces, not that of an allocation or of lockdep's history.
    private static IEnumerable<BacktraceFrame> Main(IReadOnlyList<CallTrace> traces) =>
        traces.Where(trace => trace.IsOwn).SelectMany(trace => WithoutNmi(Sure(trace.Frames)));

    // Kernels that can't unwind their stack are sure of nothing: then what they found is all there is.
    private static IReadOnlyList<BacktraceFrame> Sure(IReadOnlyList<BacktraceFrame> frames) =>
        frames.Any(frame => frame.IsReliable) ? frames : [.. frames.Select(frame => frame with { IsReliable = true })];

    // What an NMI came to is what it is about.
    private static IEnumerable<BacktraceFrame> WithoutNmi(IReadOnlyList<BacktraceFrame> frames) =>
        frames.Any(IsNmi) && frames.Any(frame => !IsNmi(frame))
            && IsNmi(frames[0])
            ? frames.SkipWhile(IsNmi) : frames;

    private static bool IsNmi(BacktraceFrame frame) => frame.Stack.Name == "NMI";

    // Lockdep's history ends with the lock that is being taken: of a report without a trace of its own it is one.
    private static IEnumerable<BacktraceFrame> Taking(IReadOnlyList<CallTrace> traces) =>
        traces.Where(trace => trace.Title.StartsWith("-> #0", StringComparison.Ordinal)).SelectMany(trace => trace.Frames);

    // The last resort: lockdep's history, the panic's own trace.
    private static IEnumerable<BacktraceFrame> Others(IReadOnlyList<CallTrace> traces) =>
        traces.Where(trace => !trace.IsOwn).SelectMany(trace => trace.Frames);

    // Where the registers are missing: the frame that an exception's entry came to, which older unwinders aren't sure of.
    private static BacktraceFrame? Interrupted(IReadOnlyList<CallTrace> traces)
    {
        var frames = Main(traces).ToList();
        var entry = frames.FindIndex(frame => frame.Function?.StartsWith("asm_exc_", StringComparison.Ordinal) == true);
        return entry >= 0 && entry + 1 < frames.Count
            ? frames[entry + 1] with { IsReliable = true, IsException = true } : null;
    }

    private static BacktraceFrame? Recursing(IReadOnlyList<CallTrace> traces)
    {
        const int InARow = 3;
        var frames = Main(traces).Where(frame => frame.IsReliable).ToList();
        var at = Enumerable.Range(0, Math.Max(frames.Count - InARow + 1, 0))
            .FirstOrDefault(i => frames.Skip(i).Take(InARow).All(frame => frame.Function == frames[i].Function), -1);
        return at < 0 ? null : frames[at];
    }

    // Whoever waits for a grace period waits for RCU, whatever flavour of it.
    private static BacktraceFrame? Waiting(IReadOnlyList<CallTrace> traces) =>
        Main(traces).FirstOrDefault(frame =>
            frame is { IsReliable: true, Function: { } name } && GracePeriod().IsMatch(name)) is { } frame
            ? frame with { Function = "synchronize_rcu" } : null;

    [GeneratedRegex(@"^_*synchronize_(?:rcu|sched|srcu|net|rcu_bh)\w*$", RegexOptions.CultureInvariant)]
    private static partial Regex GracePeriod();

    // Where the trace passes through the exception, what is inside is its handling.
    private static IEnumerable<BacktraceFrame> After(BacktraceFrame? instruction, IEnumerable<BacktraceFrame> frames)
    {
        var list = frames.ToList();
        var at = instruction is null ? -1 : list.FindIndex(frame => ReferenceEquals(frame, instruction));
        return list.Skip(at + 1);
    }
}
