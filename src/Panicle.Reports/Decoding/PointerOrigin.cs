using Iced.Intel;
using Panicle.Dumps;
using Panicle.Kernel;
using Panicle.Kernel.Unwind;
using Instruction = Panicle.Kernel.Disassembly.Instruction;

namespace Panicle.Reports.Decoding;

/// <summary>Where a pointer came from: the memory that it was loaded from, which still holds it.</summary>
/// <param name="Name">The register with the pointer, in lower case.</param>
/// <param name="Value">The pointer.</param>
/// <param name="Address">The memory that it was loaded from.</param>
/// <param name="Instruction">Address of the instruction that loaded it.</param>
public sealed record PointerOrigin(string Name, ulong Value, ulong Address, ulong Instruction)
{
    /// <summary>
    /// Follows a register back through the instructions before the one that died. Only an answer that memory confirms is given:
    /// the registers are those of later, and the code may have come another way.
    /// </summary>
    /// <param name="memory">The kernel's memory.</param>
    /// <param name="before">The instructions before the one that died, ascending.</param>
    /// <param name="register">The register.</param>
    /// <param name="registers">The registers where it died.</param>
    public static PointerOrigin? Find(IMemory memory, IReadOnlyList<Instruction> before, string register, CpuRegisters registers)
    {
        var changed = new HashSet<Register>();
        var wanted = register;
        for (var i = before.Count - 1; i >= 0 && Decode(before[i]) is { } instruction; i--)
        {
            if (instruction.Mnemonic == Mnemonic.Mov && instruction.Op0Kind == OpKind.Register && NameOf(instruction.Op0Register) == wanted)
            {
                if (instruction.Op1Kind == OpKind.Register)
                {
                    wanted = NameOf(instruction.Op1Register);
                    continue;
                }
                return instruction.Op1Kind == OpKind.Memory && !changed.Contains(instruction.MemoryBase) && instruction.MemoryBase != instruction.Op0Register
                    && !changed.Contains(instruction.MemoryIndex) && instruction.MemoryIndex != instruction.Op0Register
                    && AddressOf(instruction, registers) is { } address && registers[register] is { } value
                    && memory.TryReadWord(address, out var held) && held == value
                    ? new PointerOrigin(register, value, address, before[i].Address)
                    : null;
            }
            var written = Written(instruction);
            if (written.Any(one => NameOf(one) == wanted))
                return null;
            changed.UnionWith(written);
        }
        return null;
    }

    private static Iced.Intel.Instruction? Decode(Instruction instruction)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(instruction.Bytes.ToArray()), instruction.Address);
        decoder.Decode(out var decoded);
        return decoded.IsInvalid ? null : decoded;
    }

    private static IEnumerable<Register> Written(in Iced.Intel.Instruction instruction) =>
    [
        .. new InstructionInfoFactory().GetInfo(instruction).GetUsedRegisters()
            .Where(used => used.Access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite)
            .Select(used => used.Register.GetFullRegister()),
    ];

    private static ulong? AddressOf(in Iced.Intel.Instruction instruction, CpuRegisters registers)
    {
        if (instruction.IsIPRelativeMemoryOperand)
            return instruction.IPRelativeMemoryAddress;
        // A per-CPU variable's base isn't in the operand.
        if (instruction.SegmentPrefix is Register.GS or Register.FS || instruction.MemoryBase == Register.None)
            return null;
        var index = instruction.MemoryIndex == Register.None ? 0 : registers[NameOf(instruction.MemoryIndex)];
        return registers[NameOf(instruction.MemoryBase)] + index * (ulong)instruction.MemoryIndexScale + instruction.MemoryDisplacement64;
    }

    private static string NameOf(Register register) => register.ToString().ToLowerInvariant();
}
