using System.Globalization;
using System.Text;
using Panicle.Logs.Events;
using Panicle.Logs.Layers;
using Panicle.Symbols;

namespace Panicle.Logs.Signatures;

/// <summary>
/// What stays the same when the same crash comes again: its kind, its module and the functions that led to it, without addresses,
/// offsets, compilers' suffixes, counters, CPUs and processes.
/// </summary>
/// <param name="Schema">Name and version of this document.</param>
/// <param name="Id">Sixteen hex digits, from <paramref name="Text"/>.</param>
/// <param name="Text">The signature in words: <c>null-pointer-dereference crashme: crashme_inner &lt; crashme_middle</c>.</param>
/// <param name="Kind">The event's kind.</param>
/// <param name="Module">The module of the function to blame, or null.</param>
/// <param name="Functions">The functions that went into it, the innermost first.</param>
/// <param name="LeftOut">Reliable frames that did not, with why.</param>
/// <param name="Event">The event that it is of.</param>
public sealed record CrashSignature(
    string Schema, string Id, string Text, OopsKind Kind, string? Module, IReadOnlyList<string> Functions,
    IReadOnlyList<string> LeftOut, OopsEvent Event)
{
    // Enough to tell crashes of one function apart by how it was called; further out, callers are the system call's own.
    private const int MostFunctions = 6;

    /// <summary>The document's name and version.</summary>
    public const string SchemaName = "panicle.signature/3";

    /// <summary>The signature of a log's crash, or null where it has none.</summary>
    public static CrashSignature? Of(OopsLog log) => Crash(log.Events) is { } crash ? Of(crash) : null;

    /// <summary>The signature of an event.</summary>
    public static CrashSignature Of(OopsEvent crash)
    {
        var (functions, leftOut) = FunctionsOf(crash);
        var module = crash.Module is null ? "" : " " + crash.Module;
        var text = $"{crash.Kind.Name()}{module}{(functions.Count > 0 ? ": " : "")}{string.Join(" < ", functions)}";
        var id = Hash(text).ToString("x16", CultureInfo.InvariantCulture);
        return new CrashSignature(SchemaName, id, text, crash.Kind, crash.Module, functions, leftOut, crash);
    }

    // FNV-1a, 64 bits wide: nobody gains by forging one, and it needs no library where a capture kernel computes it.
    private static ulong Hash(string text)
    {
        const ulong Basis = 0xcbf2_9ce4_8422_2325;
        const ulong Prime = 0x0000_0100_0000_01b3;
        return Encoding.UTF8.GetBytes(text).Aggregate(Basis, (hash, one) => (hash ^ one) * Prime);
    }

    /// <summary>
    /// The event of a log that matters: the first that is a crash, since what follows is often its consequence; a warning only
    /// where there is nothing worse. Null if there is no event.
    /// </summary>
    public static OopsEvent? Crash(IReadOnlyList<OopsEvent> events)
    {
        var told = Told(events);
        return told.FirstOrDefault(found => found.Panicked) is { } fatal
            && !told.TakeWhile(found => found != fatal).Any(IsCrash) ? fatal
            : told.FirstOrDefault(IsCrash) ?? (told.Count > 0 ? told[0] : null);
    }

    /// <summary>
    /// The event that the machine died of, in the log of one that did: the first that panicked, since panics after it come of
    /// handling it; where none says so (a capture kernel takes over from an oops before it would be called a panic), the last
    /// crash, or the one that it came in the midst of. Null if no event is one.
    /// </summary>
    /// <param name="events">The events, the first first.</param>
    public static OopsEvent? Death(IReadOnlyList<OopsEvent> events)
    {
        var told = Told(events);
        if (told.FirstOrDefault(found => found.Panicked) is { } fatal)
            return fatal;
        var crashes = told.Where(IsCrash).ToList();
        var last = crashes.Count - 1;
        while (last > 0 && crashes[last - 1].IsCut)
            last--;
        return last < 0 ? null : crashes[last];
    }

    // The panic that follows from an oops whose own lines the log has lost tells nothing, if another crash is told.
    private static IReadOnlyList<OopsEvent> Told(IReadOnlyList<OopsEvent> events)
    {
        var told = events.Where(found => found.Kind != OopsKind.Panic || !found.PanicFollows).ToList();
        return told.Any(IsCrash) ? told : events;
    }

    private static bool IsCrash(OopsEvent found) =>
        found.Kind is not (OopsKind.Warning or OopsKind.Other or OopsKind.IoError or OopsKind.HardwareError
            or OopsKind.FilesystemError or OopsKind.OutOfMemory);

    private static (List<string> Functions, List<string> LeftOut) FunctionsOf(OopsEvent crash)
    {
        var functions = new List<string>();
        var leftOut = new List<string>();
        // Who asked for the memory that wasn't there is chance.
        if (crash.Kind == OopsKind.OutOfMemory)
            return (functions, leftOut);
        if (crash.Function is { } blamed)
            functions.Add(blamed);
        foreach (var frame in Callers(crash))
        {
            var name = FunctionName.Plain(frame.Function!);
            if (functions.Count > 0 && functions[^1] == name)
                continue;
            if (StuckOperation.IsDispatcher(frame.Function!))
            {
                leftOut.Add($"{name}: from here on, what the kernel does for every caller");
                break;
            }
            if (functions.Count == MostFunctions)
            {
                leftOut.Add($"{name}: {MostFunctions} functions are enough");
                break;
            }
            if ((KernelLayers.Of(frame) & (KernelLayers.Instruments)) != 0)
                leftOut.Add($"{name}: only an instrument of its caller");
            else
                functions.Add(name);
        }
        return (functions, leftOut);
    }

    // What called the function to blame; where it isn't in the trace (a RIP before it), the whole trace.
    private static IEnumerable<BacktraceFrame> Callers(OopsEvent crash)
    {
        var frames = (crash.Traces.FirstOrDefault(trace => trace.IsOwn)?.Frames ?? [])
            .Where(Culprit.CanBeBlamed).ToList();
        var at = frames.FindIndex(frame => FunctionName.Plain(frame.Function!) == crash.Function);
        return frames.Skip(at + 1);
    }
}
