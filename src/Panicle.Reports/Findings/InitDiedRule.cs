using System.Globalization;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>Process 1 ended, which the kernel doesn't survive.</summary>
internal sealed class InitDiedRule : FindingRule
{
    private static readonly Dictionary<ulong, string> Signals = new()
    {
        [4] = "SIGILL, an invalid instruction",
        [6] = "SIGABRT, it gave up by itself",
        [7] = "SIGBUS, memory or a file that could not be read",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV, an invalid address",
        [15] = "SIGTERM",
        [31] = "SIGSYS, a forbidden system call",
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        const string Death = "Attempted to kill init!";
        const string Mark = Death + " exitcode=0x";
        var at = context.Message.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0 && context.PanickedWith(Death))
            yield return WithoutCode(context);
        if (at < 0
            || !ulong.TryParse(context.Message.AsSpan(at + Mark.Length).TrimEnd(), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var code))
            yield break;
        // As wait(2) gives it: the signal in the low seven bits, the exit status in the byte above.
        var signal = code & 0x7f;
        var how = signal == 0 ? $"it exited with status {code >> 8 & 0xff}"
            : $"signal {signal} ended it{(Signals.TryGetValue(signal, out var meaning) ? $" ({meaning})" : "")}";
        var command = (context.Task?.Command ?? context.Event?.Command) is { } name ? $", \"{name}\"," : "";
        yield return new Finding(
            OopsKind.Panic, $"The first process (init){command} ended, and the kernel can't go on without it: {how}",
            Certainty.Certain, FindingRole.Cause,
            [.. context.Words, new($"exitcode 0x{code:x}: {how}"), .. context.Backtrace("the process that ended")], Advice);
    }

    private const string Advice = "The kernel is not at fault. Look at what the first process printed before, "
        + "at its files (a library, the root file system), and at the boot parameters init= and root=.";

    // Before 3.10 it isn't told how; the trace may.
    private static Finding WithoutCode(FindingContext context)
    {
        var frames = context.Event?.Traces.SelectMany(trace => trace.Frames).Select(frame
            => frame.Function).OfType<string>().ToList();
        var how = frames?.Exists(name => name.StartsWith("get_signal", StringComparison.Ordinal)) == true ? ": a signal ended it"
            : frames?.Exists(name => name.Contains("sys_exit", StringComparison.Ordinal)) == true ? ": it exited" : "";
        return new Finding(
            OopsKind.Panic, $"The first process (init) ended, and the kernel can't go on without it{how}", Certainty.Certain,
            FindingRole.Cause, [.. context.Words], Advice);
    }
}
