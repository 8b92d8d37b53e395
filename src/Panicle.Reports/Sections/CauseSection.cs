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
    /// <summary>The crash in one line.</summary>
    public string Title => (Message, Place) switch
    {
        (null, null) => "the kernel died without a word",
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
            log?.Message, PlaceIn(stack, log, kernel), code, code is { } value ? processor.DescribePageFault(value) : null);
    }

    // A frame without a function is a jump to nowhere: the caller is to blame. Where no task is known, the log names the place.
    private static BacktraceFrame? PlaceIn(StackSection? stack, CrashLog? log, KernelDump kernel) => stack is null
        ? log?.Main?.Instruction
        : CrashFrame.Find(stack.Frames, log?.Main, kernel.Architecture.Processor) is { } found
            ? stack.Frames.Skip(found.Index).FirstOrDefault(frame => frame is { IsUser: false, Function: not null })
            : null;
}
