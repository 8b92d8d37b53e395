namespace Panicle.Symbols.Dwarf;

/// <summary>Where a frame is: the frame's address (CFA) is a register plus an offset.</summary>
/// <param name="Register">The register, by DWARF's number.</param>
/// <param name="Offset">Bytes to add.</param>
/// <param name="SavedFramePointer">
/// Where the caller's frame pointer is saved, in bytes from the frame's address; null if it is still in its register.
/// </param>
public readonly record struct SimpleFrameRule(int Register, long Offset, long? SavedFramePointer);

/// <summary>
/// Call-frame information: from a frame to its caller, with the registers that the calling convention preserves. From
/// <c>.debug_frame</c>, else <c>.eh_frame</c>. Thread-safe.
/// </summary>
public sealed class DwarfFrames
{
    private readonly DwarfFile _file;
    private readonly DwarfRegisters _registers;
    private readonly Func<ulong, ulong> _toMemory;
    private readonly Lazy<CfiSection[]> _sections;

    /// <summary>Creates the table; nothing is read yet.</summary>
    /// <param name="file">The debug information; it must stay open.</param>
    /// <param name="registers">The machine's registers; rules for those beyond the ones that it names aren't kept.</param>
    /// <param name="toMemory">From an address in the file to where that was loaded; null where they are the same.</param>
    public DwarfFrames(DwarfFile file, DwarfRegisters registers, Func<ulong, ulong>? toMemory = null)
    {
        _file = file;
        _registers = registers;
        _toMemory = toMemory ?? (static address => address);
        _sections = new(Open);
    }

    /// <summary>The code that each description is for, by its first and end address in the file.</summary>
    public IEnumerable<(ulong Start, ulong End)> Functions
    {
        get
        {
            foreach (var section in _sections.Value)
                for (var i = 0; i < section.Entries.Length; i++)
                    yield return (section.Entries[i].First, section.Entries[i].First + section.Entries[i].Length);
        }
    }

    /// <summary>
    /// The rule at an instruction; false if nothing is known or the frame's address isn't a register and an offset,
    /// as it is in nearly all code.
    /// </summary>
    /// <param name="address">The instruction, as the file has it.</param>
    /// <param name="rule">The rule.</param>
    public bool TryFindSimple(ulong address, out SimpleFrameRule rule)
    {
        rule = default;
        if (!TryFind(address, out var row, out _) || row.FrameAddress.Kind != CfiRuleKind.Register)
            return false;
        var saved = row.Register[_registers.FramePointer];
        rule = new SimpleFrameRule(
            row.FrameAddress.Register, row.FrameAddress.Offset, saved.Kind == CfiRuleKind.Offset ? saved.Offset : null);
        return true;
    }

    /// <summary>The frame's address (CFA) at an instruction, given the frame's registers; null if it can't be computed.</summary>
    public ulong? FrameAddress(ulong address, IFrameState frame) =>
        TryFind(address, out var row, out _) ? FrameAddress(row, frame) : null;

    /// <summary>
    /// The registers of the caller: by DWARF's numbers, the return address as the last one, null for those that are lost. Null if
    /// there is no description or the frame's own registers don't suffice.
    /// </summary>
    /// <param name="address">The instruction, as the file has it.</param>
    /// <param name="frame">The frame's registers and memory.</param>
    public ulong?[]? Unwind(ulong address, IFrameState frame)
    {
        if (!TryFind(address, out var row, out _) || FrameAddress(row, frame) is not { } start)
            return null;
        var registers = new ulong?[_registers.Count];
        for (var i = 0; i < registers.Length; i++)
            registers[i] = ValueOf(row.Register[i], i, row.Section, frame, start);
        if (_registers.ReturnAddress != registers.Length - 1)
            registers[^1] = registers[_registers.ReturnAddress];
        return registers;
    }

    internal bool TryFind(ulong address, out CfiRow row, out bool isSignal)
    {
        foreach (var section in _sections.Value)
        {
            try
            {
                if (section.TryFind(address, out row, out isSignal))
                    return true;
            }
            catch (DwarfException)
            {
                // The other section may have it.
            }
        }
        (row, isSignal) = (default, false);
        return false;
    }

    private ulong? FrameAddress(in CfiRow row, IFrameState frame) => row.FrameAddress.Kind switch
    {
        CfiRuleKind.Register => frame.Register(row.FrameAddress.Register) + (ulong)row.FrameAddress.Offset,
        CfiRuleKind.Expression => Compute(row.FrameAddress, row.Section, frame, null),
        _ => null,
    };

    private ulong? ValueOf(in CfiRule rule, int register, DwarfSection section, IFrameState frame, ulong start) =>
        rule.Kind switch
        {
            // The stack pointer is what it was before the call.
            CfiRuleKind.Unspecified when register == _registers.StackPointer => start,
            CfiRuleKind.Unspecified => _registers.Preserved.Contains(register) ? frame.Register(register) : null,
            CfiRuleKind.SameValue => frame.Register(register),
            CfiRuleKind.Offset => Load(start + (ulong)rule.Offset, frame),
            CfiRuleKind.ValueOffset => start + (ulong)rule.Offset,
            CfiRuleKind.Register => frame.Register(rule.Register),
            CfiRuleKind.Expression => Compute(rule, section, frame, start) is { } place ? Load(place, frame) : null,
            CfiRuleKind.ValueExpression => Compute(rule, section, frame, start),
            _ => null,
        };

    private static ulong? Load(ulong address, IFrameState frame)
    {
        Span<byte> bytes = stackalloc byte[8];
        return frame.Memory.TryRead(address, bytes, out _) ? BitConverter.ToUInt64(bytes) : null;
    }

    private ulong? Compute(in CfiRule rule, DwarfSection section, IFrameState frame, ulong? initial)
    {
        try
        {
            // Such expressions belong to no unit; they have no operations that would need one.
            if (_file.Units is not [var unit, ..])
                return null;
            return DwarfExpression.Compute(new(section, (int)rule.Offset, rule.Length), unit, frame, _toMemory, initial: initial);
        }
        catch (Exception e) when (e is DwarfException or LostException)
        {
            return null;
        }
    }

    private CfiSection[] Open()
    {
        var sections = new List<CfiSection>();
        foreach (var (section, isEh) in (ReadOnlySpan<(DwarfSection, bool)>)[(_file.Frame, false), (_file.EhFrame, true)])
        {
            try
            {
                if (section.Exists && section.Length > 0)
                    sections.Add(new CfiSection(section, isEh, isEh ? _file.AddressOf(section) : 0));
            }
            catch (DwarfException)
            {
                // It can't be loaded.
            }
        }
        return [.. sections];
    }
}
