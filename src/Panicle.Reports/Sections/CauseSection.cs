using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Reports.Sections;

/// <summary>What the kernel said it died of, and where.</summary>
/// <param name="Message">The line of the log that says it; null if none does.</param>
/// <param name="Place">The frame to blame at first sight: the one that died, below the machinery of the panic itself.</param>
/// <param name="ErrorCode">A page fault's error code; null for other causes.</param>
/// <param name="ErrorCodeMeaning">The error code in words.</param>
public sealed record CauseSection(string? Message, BacktraceFrame? Place, ulong? ErrorCode, string? ErrorCodeMeaning)
{
    /// <summary>Whether all of the log could be read, so that what isn't in it wasn't said.</summary>
    internal bool IsLogWhole { get; init; } = true;

    /// <summary>The crash in one line.</summary>
    public string Title => (Message, Place) switch
    {
        (null, null) => IsLogWhole
            ? "the kernel died without a word" : "the kernel died; what it said of that is missing from the dump",
        (null, { } place) => $"the kernel died in {place.Place}",
        ({ } message, null) => message,
        ({ } message, { } place) => $"{message} in {place.Place}",
    };

    /// <summary>Reads it; null where the machine had not panicked, or nothing tells that it had.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="stack">The task that panicked, if it is known.</param>
    /// <param name="log">The log, if it can be read.</param>
    internal static CauseSection? Read(KernelDump kernel, StackSection? stack, CrashLog? log)
    {
        if (kernel.Crash.HasPanicked == false || (kernel.Crash.Cpu is null && log?.Message is null))
            return null;
        var processor = kernel.Architecture.Processor;
        var code = log?.PageFaultCode(processor);
        return new CauseSection(
            log?.Message, PlaceIn(stack, log, kernel), code, code is { } value ? processor.DescribePageFault(value) : null)
        {
            IsLogWhole = log is not null && kernel.Log.Losses.Count == 0,
        };
    }

    // What the log names counts where the backtrace has no task, or has lost the name.
    private static BacktraceFrame? PlaceIn(StackSection? stack, CrashLog? log, KernelDump kernel)
    {
        var told = log?.Main?.Instruction;
        if (stack is null)
            return told;
        if (CrashFrame.Find(stack.Frames, log?.Main, kernel.Architecture.Processor) is not { } found)
            return null;
        if (stack.Frames[found.Index].Function is null && told?.Function is not null)
            return told;
        // A frame without a function is a jump to nowhere: the caller is to blame, if it is sure.
        return stack.Frames.Skip(found.Index).FirstOrDefault(frame => frame is { IsUser: false, Function: not null }) is
        { } place && (place.IsReliable || place.Registers is not null) ? place : told;
    }
}
