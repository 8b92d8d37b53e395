namespace Panicle.Symbols.Orc;

/// <summary>What kind of frame an ORC entry describes, whatever the kernel's numbering (it changed in 6.3 and 6.4).</summary>
public enum OrcKind : byte
{
    /// <summary>No rule: objtool could not follow the code here.</summary>
    Undefined,
    /// <summary>The outermost frame: user mode or the start of a kernel thread is next.</summary>
    EndOfStack,
    /// <summary>An ordinary call frame: the return address lies just below the computed stack pointer.</summary>
    Call,
    /// <summary>The computed address is that of a full <c>struct pt_regs</c>.</summary>
    Regs,
    /// <summary>
    /// The computed address is that of the last five words of a <c>pt_regs</c> (ip, cs, flags, sp, ss: an iret frame).
    /// </summary>
    RegsPartial,
}

/// <summary>The register that a rule starts from, whatever the kernel's numbering (it changed in 7.1).</summary>
public enum OrcRegister : byte
{
    /// <summary>No rule for this register: for bp, "unchanged".</summary>
    Undefined,
    /// <summary>The value as it was on entry (bp: prev_sp + offset).</summary>
    PreviousSp,
    /// <summary>The value that rdx has at the instruction.</summary>
    Dx,
    /// <summary>The value that rdi has at the instruction.</summary>
    Di,
    /// <summary>The value that rbp has at the instruction.</summary>
    Bp,
    /// <summary>The value that rsp has at the instruction.</summary>
    Sp,
    /// <summary>The value that r10 has at the instruction.</summary>
    R10,
    /// <summary>The value that r13 has at the instruction.</summary>
    R13,
    /// <summary>The word at rbp + offset.</summary>
    BpIndirect,
    /// <summary>The word at rsp, plus offset.</summary>
    SpIndirect,
    /// <summary>The value that rax has at the instruction.</summary>
    Ax,
}

/// <summary>
/// How to unwind one frame, from the kernel's own <c>.orc_unwind</c> (<c>arch/x86/include/asm/orc_types.h</c>,
/// Documentation/arch/x86/orc-unwinder.rst).
/// </summary>
/// <param name="Kind">What kind of frame it is.</param>
/// <param name="SpRegister">Where the caller's stack pointer comes from.</param>
/// <param name="SpOffset">Bytes to add to it.</param>
/// <param name="BpRegister">Where the caller's rbp is saved; <see cref="OrcRegister.Undefined"/> if rbp is unchanged.</param>
/// <param name="BpOffset">Bytes to add to get the address of the saved rbp.</param>
/// <param name="IsSignal">
/// Whether the next frame's address is that of the very instruction (an exception), not a return address.
/// </param>
public readonly record struct OrcEntry(
    OrcKind Kind, OrcRegister SpRegister, short SpOffset, OrcRegister BpRegister, short BpOffset, bool IsSignal);
