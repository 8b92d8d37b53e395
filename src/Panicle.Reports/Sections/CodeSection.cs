using Panicle.Formats.Instructions;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Module;

namespace Panicle.Reports.Sections;

/// <summary>The code around the instruction at which the crash came.</summary>
/// <param name="Lines">The instructions.</param>
/// <param name="Problem">Why there are fewer than there should be, or null.</param>
public sealed record CodeSection(IReadOnlyList<CodeLine> Lines, string? Problem)
{
    private const int Before = 8;
    private const int After = 4;

    internal static CodeSection? Read(KernelDump kernel, StackSection? stack, CrashLog? log)
    {
        // Only an exception has a faulting instruction.
        if (stack is null
            || CrashFrame.Find(stack.Frames, log?.Main, kernel.Architecture.Processor) is not { IsFault: true } found
            || stack.Frames[found.Index] is not { Address: { } faulting, Function: not null })
            return null;
        var listing = kernel.Code.Around(faulting, Before, After);
        return new CodeSection([.. listing.Instructions.Select(instruction => CodeLine.Of(kernel, instruction, faulting))],
            listing.WhyNotWhole);
    }
}

/// <summary>An instruction near the one that the crash came at.</summary>
/// <param name="Address">Where it lies.</param>
/// <param name="Place">The same as function+offset.</param>
/// <param name="Bytes">Its bytes in hex.</param>
/// <param name="Text">The instruction, in AT&amp;T syntax, with its target's symbol.</param>
/// <param name="IsFaulting">Whether it is the one that died.</param>
public sealed record CodeLine(Address Address, string Place, string Bytes, string Text, bool IsFaulting)
{
    internal static CodeLine Of(KernelDump kernel, Instruction instruction, ulong faulting)
    {
        var target = instruction.Target is { } address ? kernel.Symbols.Describe(address, hexOffset: true) : null;
        return new CodeLine(instruction.Address, kernel.Symbols.Describe(instruction.Address, hexOffset: true) ?? "",
            Convert.ToHexStringLower(instruction.Bytes.Span),
            target is null ? instruction.Text : $"{instruction.Text} <{target}>",
            instruction.Address == faulting);
    }
}
