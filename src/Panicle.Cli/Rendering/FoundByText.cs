using Panicle.Kernel.Unwind;

namespace Panicle.Cli.Rendering;

/// <summary>How a frame was found, in the words that backtraces show.</summary>
internal static class FoundByText
{
    public static string Of(FoundBy foundBy) => foundBy switch
    {
        FoundBy.ExceptionFrame => "exception frame",
        FoundBy.CallSite => "call site",
        FoundBy.FramePointer => "frame pointer",
        _ => foundBy.ToString().ToLowerInvariant(),
    };
}
