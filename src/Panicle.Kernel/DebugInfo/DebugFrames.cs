using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.DebugInfo;

/// <summary>The frames of a backtrace with their registers and variables.</summary>
public static class DebugFrames
{
    /// <summary>The frames, in the backtrace's order.</summary>
    public static IReadOnlyList<DebugFrame> Of(KernelDump kernel, StackTrace trace)
    {
        var frames = new List<DebugFrame>(trace.Frames.Count);
        for (var i = 0; i < trace.Frames.Count; i++)
        {
            var caller = i + 1 < trace.Frames.Count ? trace.Frames[i + 1] : null;
            frames.Add(new DebugFrame(kernel, trace.Frames[i], i > 0 ? frames[i - 1] : null, caller));
            if (i > 0)
                frames[i - 1].Caller = frames[i];
        }
        return frames;
    }
}
