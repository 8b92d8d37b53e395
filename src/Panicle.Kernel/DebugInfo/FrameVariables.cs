using Panicle.Kernel.Values;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.DebugInfo;

/// <summary>Parameters and local variables of the functions of a frame, inlined ones included, as DWARF places them.</summary>
public static class FrameVariables
{
    /// <summary>
    /// The variable of a name that C would mean in the frame's innermost function that has one; null if none does.
    /// </summary>
    /// <exception cref="KernelReadException">It can't be had here.</exception>
    public static KernelValue? Find(KernelDump kernel, DebugFrame frame, string name)
    {
        foreach (var function in frame.Functions)
            // The innermost block's comes last.
            for (var i = function.Variables.Count - 1; i >= 0; i--)
                if (function.Variables[i].Name == name)
                    return ValueOf(kernel, function.Variables[i]);
        return null;
    }

    /// <summary>What a variable holds while its frame's function runs.</summary>
    /// <exception cref="KernelReadException">It can't be had here.</exception>
    public static KernelValue ValueOf(KernelDump kernel, LocalVariable variable) => LocalMemory.ValueOf(kernel, variable);
}
