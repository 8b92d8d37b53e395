using System.Buffers.Binary;

namespace Panicle.Symbols.Orc;

/// <summary>Turns the six bytes of a <c>struct orc_entry</c> into an <see cref="OrcEntry"/>, for each of its layouts.</summary>
internal static class OrcDecoder
{
    public const int EntrySize = 6;

    // Indexed by the kernel's register number.
    private static readonly OrcRegister[] FirstNumbering =
    [
        OrcRegister.Undefined, OrcRegister.PreviousSp, OrcRegister.Dx, OrcRegister.Di, OrcRegister.Bp,
        OrcRegister.Sp, OrcRegister.R10, OrcRegister.R13, OrcRegister.BpIndirect, OrcRegister.SpIndirect,
    ];

    private static readonly OrcRegister[] SecondNumbering =
    [
        OrcRegister.Undefined, OrcRegister.Ax, OrcRegister.Dx, OrcRegister.Sp, OrcRegister.Bp, OrcRegister.Di,
        OrcRegister.R10, OrcRegister.R13, OrcRegister.PreviousSp, OrcRegister.SpIndirect, OrcRegister.BpIndirect,
    ];

    // Indexed by the kernel's type number.
    private static readonly OrcKind[] NarrowKinds = [OrcKind.Call, OrcKind.Regs, OrcKind.RegsPartial];

    private static readonly OrcKind[] WideKinds =
        [OrcKind.Undefined, OrcKind.EndOfStack, OrcKind.Call, OrcKind.Regs, OrcKind.RegsPartial];

    /// <summary>
    /// Decodes one entry; false if its numbers mean nothing in this layout (a damaged table or the wrong layout).
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, OrcLayout layout, out OrcEntry entry)
    {
        var spOffset = BinaryPrimitives.ReadInt16LittleEndian(bytes);
        var bpOffset = BinaryPrimitives.ReadInt16LittleEndian(bytes[2..]);
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);

        var registers = layout == OrcLayout.WideTypeRenumbered ? SecondNumbering : FirstNumbering;
        int sp = bits & 15, bp = (bits >> 4) & 15;
        entry = default;
        if (sp >= registers.Length || bp >= registers.Length || !TryKind(bits >> 8, sp, layout, out var kind, out var signal))
            return false;
        entry = new OrcEntry(kind, registers[sp], spOffset, registers[bp], bpOffset, signal);
        return true;
    }

    private static bool TryKind(int upper, int sp, OrcLayout layout, out OrcKind kind, out bool signal)
    {
        kind = OrcKind.Undefined;
        signal = false;
        if (layout >= OrcLayout.WideType)
        {
            if ((upper & 7) >= WideKinds.Length || upper >> 4 != 0)
                return false;
            kind = WideKinds[upper & 7];
            signal = (upper & 8) != 0;
            return true;
        }

        var hasSignal = layout == OrcLayout.TypeSignalEnd;
        var endBit = hasSignal ? 8 : 4;
        if ((upper & 3) >= NarrowKinds.Length || upper >= endBit * 2)
            return false;
        kind = NarrowKinds[upper & 3];
        // Before 6.3 the unwinder itself took every register frame for an interrupted one.
        signal = hasSignal ? (upper & 4) != 0 : kind != OrcKind.Call;
        // These layouts have no kind of their own for "no rule" and "outermost": an undefined sp with and without the end bit.
        if (sp == 0)
            kind = (upper & endBit) != 0 ? OrcKind.EndOfStack : OrcKind.Undefined;
        return true;
    }
}
