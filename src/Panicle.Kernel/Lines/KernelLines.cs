using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Module;
using Panicle.Symbols;

namespace Panicle.Kernel.Lines;

/// <summary>
/// Source lines for addresses in the crashed kernel and its modules, from the debug information of each. A file is opened when an
/// address in it is looked up. Thread-safe.
/// </summary>
/// <param name="kernel">
/// The dump, opened with something that finds files with debug information; without that there are no lines.
/// </param>
public sealed class KernelLines(KernelDump kernel)
{
    /// <summary>The frames at an address, the innermost first; empty if nothing is known of it.</summary>
    public IReadOnlyList<SourceFrame> Find(ulong address) =>
        InfoAt(address) is { } info && info.ToFile(address) is { } place ? info.Lines.Find(place) : [];

    /// <summary>
    /// The frames of a frame of a backtrace. A return address lies behind the call, so that its line may be the next statement's:
    /// then the call itself is looked up.
    /// </summary>
    public IReadOnlyList<SourceFrame> Find(Unwind.StackFrame frame) =>
        frame.IsUser ? [] : Find(frame.IsExact ? frame.Address : frame.Address - 1);

    /// <summary>
    /// Why there are no lines for an address, as a clause for a person; null if its debug information is at hand.
    /// </summary>
    public string? WhyMissing(ulong address)
    {
        if (!kernel.Memory.IsKernelAddress(address))
            return null;
        var module = ModuleOf(address);
        if (kernel.DebugInfo is not { } files)
            return $"source lines need the debug information of {(module?.Binary ?? kernel.Binary).Name}";
        return files.Of(module) is { } info ? info.Lines.WhyNoLines : files.WhyMissing(module);
    }

    /// <summary>The path of the source file that a frame names, or null if no source tree has it.</summary>
    /// <param name="address">The frame's address.</param>
    /// <param name="file">The path as debug information has it.</param>
    public string? FindSource(ulong address, string file) => kernel.DebugInfo?.FindSource(ModuleOf(address), file);

    private BinaryDebugInfo? InfoAt(ulong address) =>
        kernel.Memory.IsKernelAddress(address) ? kernel.DebugInfo?.Of(ModuleOf(address)) : null;

    private KernelModule? ModuleOf(ulong address) => kernel.ModulesOrNull?.Containing(address);
}
