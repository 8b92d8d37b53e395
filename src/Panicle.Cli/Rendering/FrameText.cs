using Panicle.Formats.Demangling;
using Panicle.Formats.Json;
using Panicle.Symbols;

namespace Panicle.Cli.Rendering;

/// <summary>A frame of a backtrace as text.</summary>
internal static class FrameText
{
    /// <summary>What stands before a frame, or a function inlined into it, that a guess led to; else nothing.</summary>
    public static string Doubt(BacktraceFrame frame) => frame.IsReliable ? "" : "? ";

    /// <summary>With its addresses, as the shell shows it: "[ffffa5e8c0493e20] f at ffffffffb4c9a116 [module]  (orc)".</summary>
    /// <param name="frame">A frame of a dump, in the kernel.</param>
    /// <param name="withOffset">Whether the function's name has the offset behind it.</param>
    public static string WithAddresses(BacktraceFrame frame, bool withOffset)
    {
        var place = new CodePlace(
            NameDemangler.PathOf(frame.Function ?? "(unknown)"), withOffset ? frame.Offset : null);
        return $"[{frame.StackAddress}] {Doubt(frame)}{place} at {frame.Address}{ModuleOf(frame)}  ({How(frame)})";
    }

    /// <summary>A frame whose registers follow, as the shell shows it: "[exception RIP: f+0x16] [module]".</summary>
    public static string Exception(BacktraceFrame frame, string instructionPointer)
    {
        var place = new CodePlace(NameDemangler.PathOf(frame.Function ?? "(unknown)"), frame.Offset);
        return $"[exception {instructionPointer.ToUpperInvariant()}: {place}]{ModuleOf(frame)}";
    }

    /// <summary>
    /// As reports and logs show it: a line for each function that was inlined there, and one for the frame's own.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="times">How many times in a row it comes.</param>
    public static IEnumerable<string> Lines(BacktraceFrame frame, int times = 1)
    {
        foreach (var inlined in Inlined(frame))
            yield return $"{Doubt(frame)}{NameOf(inlined)} {LocationOf(inlined)}";
        if (frame.IsUser)
        {
            yield return PlaceOf(frame);
            yield break;
        }
        // The kernel that printed a log only tells which frames are guesses.
        var mark = frame is { FoundBy: null, IsException: true } ? "--> " : "";
        var location = frame.Location is { } at ? $" {at}" : "";
        var how = HowUnlessUsual(frame) is { } found ? $"  ({found})" : "";
        var again = times > 1 ? $"  ({times} times)" : "";
        yield return $"{mark}{PlaceOf(frame)}{location}{(frame.IsInlined ? " [inline]" : "")}{how}{again}";
    }

    /// <summary>The place with what stands before it where that is a guess; of the user program the address.</summary>
    public static string PlaceOf(BacktraceFrame frame) =>
        frame.IsUser ? $"user mode at 0x{frame.Address?.Value:x}" : Doubt(frame) + frame.Place;

    /// <summary>How a frame was found, in words; null for a log, and where the kernel's own tables led to it.</summary>
    public static string? HowUnlessUsual(BacktraceFrame frame) => frame.FoundBy is null or FoundBy.Orc ? null : How(frame);

    /// <summary>The functions that were inlined at a frame's place, the innermost first.</summary>
    public static IEnumerable<SourceFrame> Inlined(BacktraceFrame frame) => frame.Source.Where(source => source.IsInlined);

    /// <summary>An inlined function's name.</summary>
    public static string NameOf(SourceFrame inlined) => NameDemangler.PathOf(inlined.Function ?? "?");

    /// <summary>An inlined function's file and line.</summary>
    public static string LocationOf(SourceFrame inlined) => $"{inlined.Name}:{inlined.Line} [inline]";

    private static string How(BacktraceFrame frame) => frame.FoundBy is { } foundBy ? EnumWords.Of(foundBy) : "";

    private static string ModuleOf(BacktraceFrame frame) => frame.Module is null ? "" : $" [{frame.Module}]";
}
