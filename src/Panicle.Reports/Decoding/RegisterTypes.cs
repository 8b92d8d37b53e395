using Panicle.Formats.Instructions;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Symbols;

namespace Panicle.Reports.Decoding;

/// <summary>What a register held, as far as the code tells: an expression of the function's parameters.</summary>
/// <param name="Expression">As C would write it: <c>file->f_inode</c>.</param>
/// <param name="Type">Its type.</param>
internal sealed record TypedRegister(string Expression, KernelType Type);

/// <summary>
/// Follows the types of a function's parameters (BTF has them) through its registers, up to one instruction. Where ways meet,
/// only what all of them say is kept. It is a likely answer, not a certain one: what goes through the stack is lost, and a
/// compiler may have changed a local function's parameters.
/// </summary>
internal sealed class RegisterTypes
{
    // So that an expression remains readable.
    private const int LongestExpression = 120;

    private readonly KernelDump _kernel;
    private readonly Processor _processor;
    private readonly Dictionary<ulong, Dictionary<string, TypedRegister>> _arriving = [];

    private RegisterTypes(KernelDump kernel) => (_kernel, _processor) = (kernel, kernel.Architecture.Processor);

    /// <summary>The registers right before an instruction is run; empty where nothing is known.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="function">The function.</param>
    /// <param name="address">The instruction.</param>
    public static IReadOnlyDictionary<string, TypedRegister> At(KernelDump kernel, Symbol function, ulong address)
    {
        if (kernel.Types.FindSymbolType(function.Name) is not { Kind: TypeKind.Function } prototype)
            return new Dictionary<string, TypedRegister>();
        var code = kernel.Code.UpTo(address).Instructions;
        var follower = new RegisterTypes(kernel);
        // The first time shows what jumps backwards bring along, too.
        follower.Follow(code, follower.Entry(prototype), address);
        return follower.Follow(code, follower.Entry(prototype), address) ?? [];
    }

    private Dictionary<string, TypedRegister> Entry(KernelType prototype)
    {
        var state = new Dictionary<string, TypedRegister>();
        var registers = _processor.Registers.Arguments;
        for (var i = 0; i < Math.Min(prototype.Parameters.Count, registers.Count); i++)
        {
            var parameter = prototype.Parameters[i];
            // A structure by value takes one register, or two, or none.
            if (parameter.Type.Strip().Kind is TypeKind.Struct or TypeKind.Union)
                break;
            state[registers[i]] = new TypedRegister(
                parameter.Name.Length > 0 ? parameter.Name : $"parameter {i + 1}", parameter.Type);
        }
        return state;
    }

    // Null: no way leads there that was seen.
    private Dictionary<string, TypedRegister>? Follow(
        IReadOnlyList<Instruction> code, Dictionary<string, TypedRegister>? state, ulong end)
    {
        foreach (var instruction in code)
        {
            if (_arriving.TryGetValue(instruction.Address, out var other))
                state = state is null ? new(other) : Common(state, other);
            if (instruction.Address == end)
                return state;
            if (_processor.Instructions.Analyze(instruction.Bytes.Span, instruction.Address) is not { } effect)
                return null;
            if (state is not null)
                state = Step(effect, state);
        }
        return null;
    }

    private Dictionary<string, TypedRegister>? Step(InstructionEffect effect, Dictionary<string, TypedRegister> state)
    {
        switch (effect.Flow)
        {
            case InstructionFlow.Branch:
                Arrive(effect.Target!.Value, state);
                return state;
            case InstructionFlow.Jump:
                Arrive(effect.Target!.Value, state);
                return null;
            case InstructionFlow.Elsewhere:
                return null;
            case InstructionFlow.Call:
                Call(effect, state);
                return state;
        }
        var result = ResultOf(effect, state);
        foreach (var register in effect.Written)
            state.Remove(register);
        if (result is not null && result.Expression.Length <= LongestExpression)
            state[effect.Move!.Destination] = result;
        return state;
    }

    private void Call(InstructionEffect effect, Dictionary<string, TypedRegister> state)
    {
        Symbol function = default;
        var isKnown = effect.Target is { } target && _kernel.Symbols.TryLookup(target, out function);
        // What a tracer put at the function's start keeps all registers.
        if (isKnown && function.Name is "__fentry__" or "ftrace_caller" or "ftrace_regs_caller")
            return;
        foreach (var register in _processor.Registers.LostByCalls)
            state.Remove(register);
        if (isKnown && _processor.Registers.Result is { } result
            && _kernel.Types.FindSymbolType(function.Name) is { Kind: TypeKind.Function, Target: { } type }
            && type.Strip().Kind == TypeKind.Pointer)
            state[result] = new TypedRegister($"{function.Name}()", type);
    }

    private TypedRegister? ResultOf(InstructionEffect effect, Dictionary<string, TypedRegister> state)
    {
        if (effect.Move is not { } move || move.Size != _kernel.Memory.Words.Size)
            return null;
        if (move.Source is { } source)
            return state.GetValueOrDefault(source);
        if (move.Load is not { Base: { } name, Index: null, Prefix: null } load || !state.TryGetValue(name, out var pointer)
            || Pointee(pointer.Type) is not { } structure)
            return null;
        return MemberPlace.Find(_kernel.Types, structure, (ulong)load.Displacement, move.Size) is { } member
            ? new TypedRegister($"{pointer.Expression}->{member.Path}", member.Type) : null;
    }

    private void Arrive(ulong target, Dictionary<string, TypedRegister> state) =>
        _arriving[target] = _arriving.TryGetValue(target, out var other) ? Common(other, state) : new(state);

    private static Dictionary<string, TypedRegister> Common(
        Dictionary<string, TypedRegister> one, Dictionary<string, TypedRegister> other) =>
        one.Where(pair => other.TryGetValue(pair.Key, out var value) && value.Expression == pair.Value.Expression).ToDictionary();

    private KernelType? Pointee(KernelType type) => PointeeOf(_kernel, type);

    /// <summary>The structure or union that a pointer points to; null if it is no such pointer.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="type">The pointer's type.</param>
    public static KernelType? PointeeOf(KernelDump kernel, KernelType type) =>
        type.Strip() is { Kind: TypeKind.Pointer, Target: { } target }
            && kernel.Types.Complete(target.Strip()) is { Kind: TypeKind.Struct or TypeKind.Union } structure
            ? structure : null;
}
