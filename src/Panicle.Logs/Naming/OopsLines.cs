using Panicle.Logs.Events;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Logs.Naming;

/// <summary>
/// Source lines for the places in a log, from the kernel's and its modules' files. Each is opened when a place in it comes.
/// </summary>
internal sealed class OopsLines(string? vmlinux, IReadOnlyDictionary<string, string> moduleFiles, List<string> notes)
    : IDisposable
{
    private readonly Dictionary<string, DebugBinary?> _binaries = [];

    /// <summary>The event with lines for its instruction and for each frame of its traces.</summary>
    /// <param name="found">The event.</param>
    /// <param name="slide">How far KASLR moved the kernel, where the log tells; else 0.</param>
    /// <param name="loaded">Where modules lay, where the log tells.</param>
    public OopsEvent AddTo(OopsEvent found, ulong slide, IReadOnlyDictionary<string, (ulong Base, ulong Size)> loaded)
    {
        if (vmlinux is null && moduleFiles.Count == 0)
            return found;
        return found with
        {
            Instruction = found.Instruction is { } instruction ? WithLine(instruction, isExact: true, slide, loaded) : null,
            Traces = [.. found.Traces.Select(trace => trace with
            {
                Frames = [.. trace.Frames.Select(frame => WithLine(frame, frame.IsException, slide, loaded))],
            })],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var binary in _binaries.Values)
            binary?.Dispose();
    }

    private BacktraceFrame WithLine(
        BacktraceFrame frame, bool isExact, ulong slide, IReadOnlyDictionary<string, (ulong Base, ulong Size)> loaded)
    {
        var path = frame.Module is null ? vmlinux : moduleFiles.GetValueOrDefault(frame.Module.Replace('-', '_'));
        if (path is null || Open(path) is not { } binary || PlaceOf(frame, binary, slide, loaded) is not { } place)
            return frame;
        // A return address lies behind its call, whose line is the one of interest.
        return frame with { Source = binary.Find(isExact ? place : place - 1) };
    }

    private static ulong? PlaceOf(
        BacktraceFrame frame, DebugBinary binary, ulong slide, IReadOnlyDictionary<string, (ulong Base, ulong Size)> loaded)
    {
        if (frame is { Function: { } function, Offset: { } offset } && binary.Place(function, offset, frame.Size) is { } place)
            return place;
        if (frame.Address is not { } address)
            return null;
        if (frame.Module is null)
            return address.Value - slide;
        return loaded.TryGetValue(frame.Module, out var module)
            && binary.TryPlace(".text", address.Value - module.Base, out var placed) ? placed : null;
    }

    private DebugBinary? Open(string path)
    {
        if (_binaries.TryGetValue(path, out var known))
            return known;
        var binary = DebugBinary.TryOpen(path, Limits.Default, out var why);
        if (why is not null)
            notes.Add($"{path}: {why}");
        else if (binary?.WhyNoLines is { } problem)
            notes.Add(problem);
        return _binaries[path] = binary;
    }
}
