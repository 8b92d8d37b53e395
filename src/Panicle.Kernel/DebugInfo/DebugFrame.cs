using Panicle.Dumps;
using Panicle.Kernel.Unwind;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.DebugInfo;

/// <summary>
/// A frame of a backtrace with those registers that are still known: all where they were saved; in a caller those that functions
/// preserve, as the call-frame information of the frames below tells.
/// </summary>
public sealed class DebugFrame : IFrameState
{
    private readonly KernelDump _kernel;
    private readonly DebugFrame? _callee;
    private readonly StackFrame? _caller;
    private readonly Lazy<ulong?[]> _registers;

    internal DebugFrame(KernelDump kernel, StackFrame frame, DebugFrame? callee, StackFrame? caller)
    {
        _kernel = kernel;
        Frame = frame;
        _callee = callee;
        _caller = caller;
        Info = frame.IsUser ? null : kernel.DebugInfo?.At(frame.Address);
        _registers = new(ReadRegisters);
    }

    /// <summary>The frame as it was unwound.</summary>
    public StackFrame Frame { get; }

    /// <summary>The debug information of its code, or null.</summary>
    public BinaryDebugInfo? Info { get; }

    /// <inheritdoc/>
    public IMemory Memory => _kernel.Memory;

    /// <inheritdoc/>
    public DwarfRegisters Registers => _kernel.Architecture.Processor.Registers.Dwarf;

    /// <summary>The frame that called this one; null for the outermost, and where an exception lies between.</summary>
    public DebugFrame? Caller { get; internal set; }

    /// <summary>
    /// The functions in the frame, the innermost inlined one first, with their variables; none without debug information.
    /// </summary>
    public IReadOnlyList<FunctionLocals> Functions =>
        field ??= Info is { } info && FileAddress is { } address ? info.Locals.Find(address, this) : [];

    /// <inheritdoc/>
    public ulong? Register(int number) => (uint)number < (uint)_registers.Value.Length ? _registers.Value[number] : null;

    /// <inheritdoc/>
    public ulong? FrameAddress =>
        // An exception frame is no caller.
        _caller is { IsExact: false, IsReliable: true } ? _kernel.Unwinder.StackPointerAfterCall(_caller)
        : FileAddress is { } address ? Info?.Frames.FrameAddress(address, this) : null;

    /// <inheritdoc/>
    public ulong? EntryRegister(int number)
    {
        if (Caller is not { Frame.IsExact: false, Info: { } info } caller || FileAddress is not { } address)
            return null;
        return info.ToFile(caller.Frame.Address) is { } returnAddress
            && Info!.Locals.FunctionAt(address) is { Length: > 0 } function
            ? info.Locals.EntryRegister(function, returnAddress, caller, number)
            : null;
    }

    // A return address may be that of the next function; what was called lies before it.
    private ulong? FileAddress => Info?.ToFile(Frame.IsExact ? Frame.Address : Frame.Address - 1);

    private ulong?[] ReadRegisters()
    {
        if (Frame.Registers is { } all)
            return ByNumber(all.Named);
        var registers = _callee is not null && Frame is { IsReliable: true, IsExact: false } ? _callee.Unwound() : null;
        registers ??= ByNumber(_kernel.Unwinder.SwitchedOutRegisters(Frame));
        registers[Registers.StackPointer] = _kernel.Unwinder.StackPointerAfterCall(Frame);
        // Below this frame may be code without call-frame information; the unwinder's tables know this register.
        if (Frame.IsReliable)
            registers[Registers.FramePointer] ??= Frame.FramePointer;
        return registers;
    }

    private ulong?[] ByNumber(IReadOnlyList<NamedRegister> known)
    {
        var names = Registers.Names;
        var registers = new ulong?[names.Count];
        foreach (var register in known)
            for (var i = 0; i < names.Count; i++)
                if (names[i] == register.Name)
                    registers[i] = register.Value;
        return registers;
    }

    private ulong?[]? Unwound() => FileAddress is { } address ? Info?.Frames.Unwind(address, this) : null;
}
