using Panicle.Kernel.Module;
using Panicle.Kernel.Unwind;
using Panicle.Symbols.Orc;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>Finds the ORC rule for an address of the kernel or of a module, and knows what is text.</summary>
internal sealed class X86_64UnwindRules
{
    private readonly KernelDump _kernel;
    private readonly AddressRange _text;
    private readonly ulong _taskEntry;

    public X86_64UnwindRules(KernelDump kernel)
    {
        _kernel = kernel;
        var start = kernel.SymbolAddress("_stext");
        var end = kernel.TrySymbolAddress("_etext", out var etext) && etext > start ? etext : start + 0x200_0000;
        _text = new AddressRange(start, end);
        Replaced = new ReplacedReturns(kernel);
        // ret_from_fork is in C, and called, where the other is there.
        if (kernel.TrySymbolAddress("ret_from_fork_asm", out var entry) || kernel.TrySymbolAddress("ret_from_fork", out entry))
            _taskEntry = entry;
    }

    /// <summary>Return addresses that stand for others.</summary>
    public ReplacedReturns Replaced { get; }

    /// <summary>
    /// Whether it is where a new task begins: the start of a function, which stands on the stack although nobody has called it.
    /// </summary>
    public bool IsEntry(ulong address) => address == _taskEntry;

    /// <summary>Whether code of the kernel or of a module lies at the address.</summary>
    public bool IsText(ulong address)
    {
        if (_text.Contains(address))
            return true;
        if (_kernel.Memory.ImageRange.Contains(address))
            return IsInitText(address);
        return ModuleAt(address) is { } module && module.Regions.Any(region =>
            region.Name is "text" or "core" or "init" or "init_text" && region.Range.Contains(address));
    }

    public bool TryFind(ulong address, out OrcEntry entry)
    {
        entry = default;
        if (_text.Contains(address) || _kernel.Memory.ImageRange.Contains(address))
            return _kernel.Orc.Kernel is { } kernelTable && kernelTable.TryFind(address, out entry);
        return ModuleAt(address)?.Orc is { } table && table.TryFind(address, out entry);
    }

    /// <summary>Whether there is a table for the code at the address, although it may have no rule there.</summary>
    public bool HasTable(ulong address) => _text.Contains(address) || _kernel.Memory.ImageRange.Contains(address)
        ? _kernel.Orc.Kernel is not null
        : ModuleAt(address)?.Orc is not null;

    /// <summary>
    /// The rule by the call-frame information of DWARF, where debug information is at hand: in the same form, if it is of the
    /// kind that nearly all code has.
    /// </summary>
    public bool TryFindCfi(ulong address, out OrcEntry entry)
    {
        entry = default;
        if (_kernel.DebugInfo?.At(address) is not { } info || info.ToFile(address) is not { } place)
            return false;
        if (!info.Frames.TryFindSimple(place, out var rule) || rule.Offset is < short.MinValue or > short.MaxValue)
            return false;
        var register = rule.Register switch
        {
            X86_64Registers.DwarfRsp => OrcRegister.Sp,
            X86_64Registers.DwarfRbp => OrcRegister.Bp,
            _ => OrcRegister.Undefined,
        };
        var isSaved = rule.SavedFramePointer is >= short.MinValue and <= short.MaxValue;
        entry = new OrcEntry(OrcKind.Call, register, (short)rule.Offset,
            isSaved ? OrcRegister.PreviousSp : OrcRegister.Undefined,
            (short)(isSaved ? rule.SavedFramePointer!.Value : 0), false);
        return register != OrcRegister.Undefined;
    }

    // Code that runs during boot only, and is freed then: on the stack of a crash in init.
    private bool IsInitText(ulong address) =>
        _kernel.TrySymbolAddress("_sinittext", out var start) && _kernel.TrySymbolAddress("_einittext", out var end)
        && address >= start && address < end;

    private KernelModule? ModuleAt(ulong address) => _kernel.ModulesOrNull?.Containing(address);
}
