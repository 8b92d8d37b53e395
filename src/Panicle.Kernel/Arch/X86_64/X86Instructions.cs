using Iced.Intel;
using Panicle.Formats.Instructions;
using Instruction = Iced.Intel.Instruction;
using MemoryOperand = Panicle.Formats.Instructions.MemoryOperand;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>What x86-64 instructions do, or x86-32 ones, by their bits.</summary>
internal sealed class X86Instructions(int bits) : IInstructionAnalyzer
{
    public InstructionEffect? Analyze(ReadOnlySpan<byte> code, ulong address)
    {
        var decoder = Decoder.Create(bits, new ByteArrayCodeReader(code.ToArray()), address);
        decoder.Decode(out var instruction);
        if (instruction.IsInvalid)
            return null;
        var information = new InstructionInfoFactory().GetInfo(instruction);
        return new InstructionEffect
        {
            Flow = FlowOf(instruction.FlowControl),
            Target = instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch
                or FlowControl.Call
                ? instruction.NearBranchTarget : null,
            Written = [.. information.GetUsedRegisters().Where(used => IsWrite(used.Access))
                .Select(used => NameOf(used.Register.GetFullRegister()))],
            Accesses = [.. information.GetUsedMemory().Where(used => used.Access is not (OpAccess.None or OpAccess.NoMemAccess))
                .Select(Access)],
            Move = MoveOf(instruction),
        };
    }

    public string? WholeRegister(string name) =>
        Enum.TryParse<Register>(name, ignoreCase: true, out var register) && register.IsGPR()
            ? NameOf(register.GetFullRegister())
            : null;

    private static InstructionFlow FlowOf(FlowControl flow) => flow switch
    {
        FlowControl.ConditionalBranch => InstructionFlow.Branch,
        FlowControl.UnconditionalBranch => InstructionFlow.Jump,
        FlowControl.Call or FlowControl.IndirectCall => InstructionFlow.Call,
        FlowControl.Return or FlowControl.IndirectBranch or FlowControl.Interrupt or FlowControl.Exception =>
            InstructionFlow.Elsewhere,
        _ => InstructionFlow.Next,
    };

    private static RegisterMove? MoveOf(in Instruction instruction)
    {
        if (instruction.Mnemonic != Mnemonic.Mov || instruction.Op0Kind != OpKind.Register)
            return null;
        var (destination, size) = (NameOf(instruction.Op0Register), instruction.Op0Register.GetSize());
        return instruction.Op1Kind switch
        {
            OpKind.Register => new RegisterMove(destination, size, NameOf(instruction.Op1Register), null),
            OpKind.Memory => new RegisterMove(destination, size, null, OperandOf(instruction, size)),
            _ => null,
        };
    }

    private static MemoryOperand OperandOf(in Instruction instruction, int size)
    {
        var isRelative = instruction.IsIPRelativeMemoryOperand;
        return new MemoryOperand(
            isRelative ? null : NameOrNull(instruction.MemoryBase), NameOrNull(instruction.MemoryIndex),
            instruction.MemoryIndexScale, (long)instruction.MemoryDisplacement64, size)
        {
            Prefix = PrefixOf(instruction.SegmentPrefix),
            IsInstructionRelative = isRelative,
            IsRead = true,
        };
    }

    private static MemoryOperand Access(UsedMemory memory) =>
        new(NameOrNull(memory.Base), NameOrNull(memory.Index), memory.Scale, (long)memory.Displacement,
            memory.MemorySize.GetSize())
        {
            Prefix = PrefixOf(memory.Segment),
            IsRead = memory.Access is not (OpAccess.Write or OpAccess.CondWrite),
            IsWritten = IsWrite(memory.Access),
        };

    // The bases of these two segments are per-CPU variables' and a thread's, which no operand shows.
    private static string? PrefixOf(Register segment) => segment is Register.GS or Register.FS ? $"%{NameOf(segment)}:" : null;

    private static bool IsWrite(OpAccess access) =>
        access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite;

    private static string? NameOrNull(Register register) => register == Register.None ? null : NameOf(register);

    private static string NameOf(Register register) => register.ToString().ToLowerInvariant();
}
