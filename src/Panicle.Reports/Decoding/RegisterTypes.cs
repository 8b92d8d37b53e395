using Iced.Intel;
using Panicle.Kernel;
using Panicle.Symbols;
using Instruction = Panicle.Kernel.Disassembly.Instruction;

namespace Panicle.Reports.Decoding;

/// <summary>What a register held, as far as the code tells: an expression of the function's parameters.</summary>
/// <param name="Expression">As C would write it: <c>file->f_inode</c>.</param>
/// <param name="Type">Its type.</param>
public sealed record TypedRegister(string Expression, KernelType Type);

/// <summary>
/// Follows the types of a function's parameters (BTF has them) through its registers, up to one instruction. Where ways meet, only what
/// all of them say is kept. It is a likely answer, not a certain one: what goes through the stack is lost, and a compiler may have
/// changed a local function's parameters.
/// </summary>
public sealed class RegisterTypes
{
    // The System V calling convention.
    private static readonly Register[] Parameters = [Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9];

    private static readonly Register[] LostByCalls =
        [Register.RAX, Register.RCX, Register.RDX, Register.RSI, Register.RDI, Register.R8, Register.R9, Register.R10, Register.R11];

    // So that an expression remains readable.
    private const int LongestExpression = 120;

    private readonly KernelDump _kernel;
    private readonly InstructionInfoFactory _information = new();
    private readonly Dictionary<ulong, Dictionary<Register, TypedRegister>> _arriving = [];

    private RegisterTypes(KernelDump kernel) => _kernel = kernel;

    /// <summary>The registers right before an instruction is run; empty where nothing is known.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="function">The function.</param>
    /// <param name="address">The instruction.</param>
    public static IReadOnlyDictionary<Register, TypedRegister> At(KernelDump kernel, Symbol function, ulong address)
    {
        if (kernel.Types.FindSymbolType(function.Name) is not { Kind: TypeKind.Function } prototype)
            return new Dictionary<Register, TypedRegister>();
        var code = kernel.Code.UpTo(address).Instructions;
        var follower = new RegisterTypes(kernel);
        // The first time shows what jumps backwards bring along, too.
        follower.Follow(code, Entry(prototype), address);
        return follower.Follow(code, Entry(prototype), address) ?? [];
    }

    private static Dictionary<Register, TypedRegister> Entry(KernelType prototype)
    {
        var state = new Dictionary<Register, TypedRegister>();
        for (var i = 0; i < Math.Min(prototype.Parameters.Count, Parameters.Length); i++)
        {
            var parameter = prototype.Parameters[i];
            // A structure by value takes one register, or two, or none.
            if (parameter.Type.Strip().Kind is TypeKind.Struct or TypeKind.Union)
                break;
            state[Parameters[i]] = new TypedRegister(parameter.Name.Length > 0 ? parameter.Name : $"parameter {i + 1}", parameter.Type);
        }
        return state;
    }

    // Null: no way leads there that was seen.
    private Dictionary<Register, TypedRegister>? Follow(IReadOnlyList<Instruction> code, Dictionary<Register, TypedRegister>? state, ulong end)
    {
        foreach (var instruction in code)
        {
            if (_arriving.TryGetValue(instruction.Address, out var other))
                state = state is null ? new(other) : Common(state, other);
            if (instruction.Address == end)
                return state;
            if (Decode(instruction) is not { } decoded)
                return null;
            if (state is not null)
                state = Step(decoded, state);
        }
        return null;
    }

    private Dictionary<Register, TypedRegister>? Step(in Iced.Intel.Instruction instruction, Dictionary<Register, TypedRegister> state)
    {
        switch (instruction.FlowControl)
        {
            case FlowControl.ConditionalBranch:
                Arrive(instruction.NearBranchTarget, state);
                return state;
            case FlowControl.UnconditionalBranch:
                Arrive(instruction.NearBranchTarget, state);
                return null;
            case FlowControl.Return or FlowControl.IndirectBranch or FlowControl.Interrupt or FlowControl.Exception:
                return null;
            case FlowControl.Call or FlowControl.IndirectCall:
                Call(instruction, state);
                return state;
        }
        var result = ResultOf(instruction, state);
        foreach (var used in _information.GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite)
                state.Remove(used.Register.GetFullRegister());
        }
        if (result is not null && result.Expression.Length <= LongestExpression)
            state[instruction.Op0Register] = result;
        return state;
    }

    private void Call(in Iced.Intel.Instruction instruction, Dictionary<Register, TypedRegister> state)
    {
        Symbol function = default;
        var isKnown = instruction.FlowControl == FlowControl.Call && _kernel.Symbols.TryLookup(instruction.NearBranchTarget, out function);
        // What a tracer put at the function's start keeps all registers.
        if (isKnown && function.Name is "__fentry__" or "ftrace_caller" or "ftrace_regs_caller")
            return;
        foreach (var register in LostByCalls)
            state.Remove(register);
        if (isKnown && _kernel.Types.FindSymbolType(function.Name) is { Kind: TypeKind.Function, Target: { } result } && result.Strip().Kind == TypeKind.Pointer)
            state[Register.RAX] = new TypedRegister($"{function.Name}()", result);
    }

    private TypedRegister? ResultOf(in Iced.Intel.Instruction instruction, Dictionary<Register, TypedRegister> state)
    {
        if (instruction.Op0Kind != OpKind.Register || instruction.Op0Register.GetSize() != 8)
            return null;
        if (instruction.Mnemonic == Mnemonic.Mov && instruction.Op1Kind == OpKind.Register)
            return state.GetValueOrDefault(instruction.Op1Register);
        if (instruction.Mnemonic is not (Mnemonic.Mov or Mnemonic.Lea) || instruction.Op1Kind != OpKind.Memory || instruction.MemoryIndex != Register.None
            || instruction.SegmentPrefix != Register.None || !state.TryGetValue(instruction.MemoryBase, out var pointer) || Pointee(pointer.Type) is not { } structure)
            return null;
        var isLoad = instruction.Mnemonic == Mnemonic.Mov;
        if (MemberPlace.Find(_kernel.Types, structure, instruction.MemoryDisplacement64, isLoad ? 8 : 0) is not { } member)
            return null;
        var expression = $"{pointer.Expression}->{member.Path}";
        return isLoad ? new TypedRegister(expression, member.Type) : null;
    }

    private void Arrive(ulong target, Dictionary<Register, TypedRegister> state) =>
        _arriving[target] = _arriving.TryGetValue(target, out var other) ? Common(other, state) : new(state);

    private static Dictionary<Register, TypedRegister> Common(Dictionary<Register, TypedRegister> one, Dictionary<Register, TypedRegister> other) =>
        one.Where(pair => other.TryGetValue(pair.Key, out var value) && value.Expression == pair.Value.Expression).ToDictionary();

    private KernelType? Pointee(KernelType type) => PointeeOf(_kernel, type);

    /// <summary>The structure or union that a pointer points to; null if it is no such pointer.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="type">The pointer's type.</param>
    public static KernelType? PointeeOf(KernelDump kernel, KernelType type) =>
        type.Strip() is { Kind: TypeKind.Pointer, Target: { } target } && kernel.Types.Complete(target.Strip()) is { Kind: TypeKind.Struct or TypeKind.Union } structure
            ? structure : null;

    private static Iced.Intel.Instruction? Decode(Instruction instruction)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(instruction.Bytes.ToArray()), instruction.Address);
        decoder.Decode(out var decoded);
        return decoded.IsInvalid ? null : decoded;
    }
}
