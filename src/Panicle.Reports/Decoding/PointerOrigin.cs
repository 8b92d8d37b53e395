using Panicle.Formats.Instructions;
using Panicle.Kernel;
using Panicle.Kernel.Unwind;

namespace Panicle.Reports.Decoding;

/// <summary>Where a pointer came from: the memory that it was loaded from, which still holds it.</summary>
/// <param name="Name">The register with the pointer, in lower case.</param>
/// <param name="Value">The pointer.</param>
/// <param name="Address">The memory that it was loaded from.</param>
/// <param name="Instruction">Address of the instruction that loaded it.</param>
internal sealed record PointerOrigin(string Name, ulong Value, ulong Address, ulong Instruction)
{
    /// <summary>
    /// Follows a register back through the instructions before the one that died. Only an answer that memory confirms is given:
    /// the registers are those of later, and the code may have come another way.
    /// </summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="before">The instructions before the one that died, ascending.</param>
    /// <param name="register">The register.</param>
    /// <param name="registers">The registers where it died.</param>
    public static PointerOrigin? Find(
        KernelDump kernel, IReadOnlyList<Instruction> before, string register, CpuRegisters registers)
    {
        var analyzer = kernel.Architecture.Processor.Instructions;
        var changed = new HashSet<string>();
        var wanted = register;
        for (var i = before.Count - 1; i >= 0 && analyzer.Analyze(before[i].Bytes.Span, before[i].Address) is { } effect; i--)
        {
            if (effect.Move is { } move && move.Destination == wanted)
            {
                if (move.Load is not { } load)
                {
                    wanted = move.Source!;
                    continue;
                }
                return IsUnchanged(load.Base) && IsUnchanged(load.Index) && AddressOf(load, registers) is { } address
                    && registers[register] is { } value && kernel.Memory.TryReadWord(address, out var held) && held == value
                    ? new PointerOrigin(register, value, address, before[i].Address)
                    : null;

                bool IsUnchanged(string? name) => name is null || !changed.Contains(name) && name != move.Destination;
            }
            if (effect.Written.Contains(wanted))
                return null;
            changed.UnionWith(effect.Written);
        }
        return null;
    }

    private static ulong? AddressOf(MemoryOperand load, CpuRegisters registers) =>
        load.Base is null && !load.IsInstructionRelative ? null : load.AddressIn(name => registers[name]);
}
