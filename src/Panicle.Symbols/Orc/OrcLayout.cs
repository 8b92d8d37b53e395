namespace Panicle.Symbols.Orc;

/// <summary>
/// The bit layouts that <c>struct orc_entry</c> has had (<c>arch/x86/include/asm/orc_types.h</c>). Every one is six
/// bytes: two signed 16-bit offsets (sp, bp), then a 16-bit word with sp_reg in bits 0–3 and bp_reg in bits 4–7.
/// They differ in the word's upper byte and in the numbers of the registers.
/// </summary>
public enum OrcLayout : byte
{
    /// <summary>Up to 6.2: type in 2 bits (call 0, regs 1, partial regs 2), then the end bit.</summary>
    TypeEnd,

    /// <summary>6.3: type in 2 bits, then the signal bit, then the end bit.</summary>
    TypeSignalEnd,

    /// <summary>
    /// 6.4 to 7.0: type in 3 bits (undefined 0, end of stack 1, call 2, regs 3, partial regs 4), then the signal bit.
    /// </summary>
    WideType,

    /// <summary>From 7.1: as <see cref="WideType"/>, with the registers numbered anew (sp is 3, previous sp 8).</summary>
    WideTypeRenumbered,
}
