using System.Text.RegularExpressions;
using Panicle.Logs.Layers;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>Finds the function to blame among an event's frames.</summary>
internal static partial class Culprit
{
    /// <summary>The frame to blame, or null.</summary>
    public static BacktraceFrame? Find(OopsKind kind, Blame blame, BacktraceFrame? named, BacktraceFrame? instruction,
        (BacktraceFrame? Acquiring, BacktraceFrame? Held) lockedAt, IReadOnlyList<CallTrace> traces)
    {
        var passed = KernelLayers.PassedOver(kind);
        BacktraceFrame? First(IEnumerable<BacktraceFrame?> frames) => Culprit.First(frames, passed);
        var found = blame switch
        {
            Blame.Nothing => null,
            Blame.Headline => First([named, .. Main(traces)]) ?? First(Others(traces)),
            Blame.Pointer => First([instruction ?? named, .. After(instruction, Main(traces))]) ?? First(Others(traces)),
            Blame.Lock => First([lockedAt.Acquiring, .. Main(traces)]) ?? First(Others(traces)),
            Blame.Stuck => StuckOperation.Find(instruction, traces) ?? First([instruction, .. Main(traces)]),
            Blame.Recursion => Recursing(traces) ?? StuckOperation.Find(instruction, traces)
                ?? First([instruction, .. Main(traces)]),
            Blame.Held => First([lockedAt.Held, .. Main(traces)]) ?? First(Others(traces)),
            Blame.Owner => First(traces.Where(trace => trace.Title.StartsWith("page last allocated", StringComparison.Ordinal))
                .SelectMany(trace => trace.Frames).Where(IsNoAllocator)) ?? First(Main(traces)),
            Blame.Allocation => First(traces.SelectMany(trace => trace.Frames).Where(IsNoAllocator)),
            Blame.Waiter => Waiting(traces) ?? First(Main(traces)),
            _ => First([lockedAt.Acquiring, .. Main(traces)]) ?? First(Others(traces)),
        };
        // Where only instruments are known, the first of them is better than nothing.
        return found ?? (blame == Blame.Nothing ? null : named ?? instruction);
    }

    // Allocators have wrappers everywhere (sock_alloc_inode, htab_map_alloc): who wanted the memory comes behind them.
    private static bool IsNoAllocator(BacktraceFrame frame) =>
        frame.Function?.Contains("alloc", StringComparison.Ordinal) != true;

    // A return address at a function's very start belongs to the one before it, which ends with a call that never returns.
    private static BacktraceFrame? First(IEnumerable<BacktraceFrame?> frames, Layer passed)
    {
        BacktraceFrame? inside = null;
        foreach (var frame in frames)
        {
            if (frame is not { Function: not null, IsReliable: true, IsInlined: false, Offset: not 0 })
                continue;
            var layer = KernelLayers.Of(frame);
            // Beyond the place where the kernel calls what was registered, or that an interrupt came to, is nobody who asked for it.
            if (inside is not null && (layer == Layer.Entry || StuckOperation.IsDispatcher(frame.Function)))
                break;
            if ((layer & KernelLayers.Never) != 0)
                continue;
            if ((layer & passed) == 0)
                return frame;
            inside ??= frame;
        }
        return inside;
    }

    // The event's own traces, not that of an allocation or of lockdep's history.
    private static IEnumerable<BacktraceFrame> Main(IReadOnlyList<CallTrace> traces) =>
        traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames);

    // The last resort: lockdep's history, the panic's own trace.
    private static IEnumerable<BacktraceFrame> Others(IReadOnlyList<CallTrace> traces) =>
        traces.Where(trace => !trace.IsOwn).SelectMany(trace => trace.Frames);

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
