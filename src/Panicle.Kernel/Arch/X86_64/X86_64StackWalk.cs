using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Symbols;
using Panicle.Symbols.Orc;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// One walk over the stacks, from the innermost frame outwards. Every step must lead to a return address that lies
/// in text, further up on one of the stacks that this task and CPU may be on. Where no rule gets further, the walk
/// looks for a return address by scanning, and marks what it finds from there on as unreliable.
/// </summary>
internal sealed class X86_64StackWalk
{
    private const int MostScannedWords = 2048;
    private const ulong GuardSize = 4096;

    private readonly KernelDump _kernel;
    private readonly X86_64UnwindRules _rules;
    private readonly IReadOnlyList<KernelStack> _stacks;
    private readonly Lazy<IReadOnlyDictionary<ulong, ReplacedReturn>> _originals;
    private readonly HashSet<FrameStack> _leftStacks = [];
    private readonly List<StackFrame> _frames = [];

    private ulong _ip;
    private ulong _sp;
    private ulong _bp;
    private bool _isBpKnown;
    private bool _isExact;
    private bool _isReliable = true;
    private CpuRegisters? _registers;
    private KernelStack _stack;
    private string? _problem;
    private string? _problemOfRead;
    private string? _missingOriginal;

    /// <summary>Begins nowhere: one of the two methods below says where, and may be called once.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="rules">The rules by which frames are found.</param>
    /// <param name="stacks">The stacks that may be crossed.</param>
    /// <param name="task">The task whose calls they are, if known: its return addresses may have been replaced.</param>
    public X86_64StackWalk(KernelDump kernel, X86_64UnwindRules rules, IReadOnlyList<KernelStack> stacks, KernelTask? task)
    {
        _kernel = kernel;
        _rules = rules;
        _stacks = stacks;
        _originals = new(() => task is null ? new Dictionary<ulong, ReplacedReturn>() : rules.Replaced.OfTask(task));
    }

    /// <summary>Walks from a CPU's registers.</summary>
    public StackTrace FromRegisters(CpuRegisters registers)
    {
        Enter(registers, FoundBy.Registers);
        return Walk();
    }

    /// <summary>Walks from the frame that the scheduler left on the stack of a task that doesn't run.</summary>
    public StackTrace FromSwitchFrame(ulong sp, int bpOffset, int returnOffset)
    {
        _bp = _kernel.Memory.ReadUInt64(sp + (ulong)bpOffset, "saved frame pointer");
        _isBpKnown = true;
        _ip = _kernel.Memory.ReadUInt64(sp + (ulong)returnOffset, "saved return address");
        // A new task goes on at the start of a function that nobody has called.
        _isExact = _rules.IsEntry(_ip);
        _sp = sp + (ulong)returnOffset + 8;
        _stack = StackOf(_sp) ?? UnknownStack(_sp);
        AddFrame(sp + (ulong)returnOffset, FoundBy.Switch);
        return Walk();
    }

    private StackTrace Walk()
    {
        while (_frames.Count < _kernel.Limits.MaxFrames && !IsFinished() && Step())
        {
        }
        if (_frames.Count >= _kernel.Limits.MaxFrames)
            _problem = $"cut after {_frames.Count} frames";
        return new StackTrace(_frames, _problem);
    }

    private bool IsFinished() => _frames.Count > 0 && _frames[^1].IsUser;

    private bool Step()
    {
        if (_missingOriginal is { } missing)
        {
            _missingOriginal = null;
            return Scan(missing);
        }
        // A return address may be the first byte of the next function (after a call that never returns), so the rule
        // and the name belong to the byte before it.
        var lookup = _isExact ? _ip : _ip - 1;
        if (_rules.TryFind(lookup, out var rule) && rule.Kind != OrcKind.Undefined)
            return rule.Kind != OrcKind.EndOfStack && Apply(rule);
        if (_isExact && !_rules.IsText(_ip))
            return StepOverBadJump();
        // Beside ORC tables the call site is surest and at hand; without them CFI says most.
        return (_rules.HasTable(lookup) ? StepByCallSite() || StepByCfi(lookup) : StepByCfi(lookup) || StepByCallSite())
            || StepByFramePointer() || Scan($"no unwind rule for 0x{_ip:x}");
    }

    // Code was called or jumped to where there is none (a NULL function pointer): the call has pushed its return address.
    private bool StepOverBadJump()
    {
        if (TryReadStack(_sp, out var address) && _rules.IsText(address))
        {
            return Continue(address, _sp, _sp + 8, _bp, FoundBy.Orc);
        }
        return Scan($"0x{_ip:x} is not code");
    }

    private bool Apply(OrcEntry rule)
    {
        if (!TryPreviousSp(rule, out var previous))
            return Scan($"the frame of 0x{_ip:x} can't be computed: {_problemOfRead ?? $"{rule.SpRegister} is not known here"}");
        return rule.Kind switch
        {
            OrcKind.Call => ApplyCall(rule, previous),
            OrcKind.Regs => ApplyRegisters(previous),
            OrcKind.RegsPartial => ApplyInterruptFrame(rule, previous),
            _ => false,
        };
    }

    private bool TryPreviousSp(OrcEntry rule, out ulong previous)
    {
        _problemOfRead = null;
        var offset = (ulong)(long)rule.SpOffset;
        switch (rule.SpRegister)
        {
            case OrcRegister.Sp:
                previous = _sp + offset;
                return true;
            case OrcRegister.Bp:
                previous = _bp + offset;
                return true;
            case OrcRegister.SpIndirect:
                if (!TryReadStack(_sp, out previous))
                    return false;
                previous += offset;
                return true;
            case OrcRegister.BpIndirect:
                return TryReadStack(_bp + offset, out previous);
            default:
                var known = NamedRegister(rule.SpRegister);
                previous = (known ?? 0) + offset;
                return known is not null;
        }
    }

    // Other registers are known only where the frame began with a full set.
    private ulong? NamedRegister(OrcRegister register) => register switch
    {
        OrcRegister.Dx => _registers?["rdx"],
        OrcRegister.Di => _registers?["rdi"],
        OrcRegister.R10 => _registers?["r10"],
        OrcRegister.R13 => _registers?["r13"],
        OrcRegister.Ax => _registers?["rax"],
        _ => null,
    };

    private bool ApplyCall(OrcEntry rule, ulong previous)
    {
        if (!TryReadStack(previous - 8, out var address))
            return Scan($"the return address of 0x{_ip:x} at 0x{previous - 8:x} can't be read: {_problemOfRead}");
        if (!TryPreviousBp(rule, previous, out var bp))
            bp = _bp;
        if (!_rules.IsText(address))
            return Scan($"0x{address:x} at 0x{previous - 8:x} is not a return address");
        return Continue(address, previous - 8, previous, bp, FoundBy.Orc);
    }

    private bool TryPreviousBp(OrcEntry rule, ulong previous, out ulong bp)
    {
        bp = _bp;
        return rule.BpRegister switch
        {
            OrcRegister.PreviousSp => TryReadStack(previous + (ulong)(long)rule.BpOffset, out bp),
            OrcRegister.Bp => TryReadStack(_bp + (ulong)(long)rule.BpOffset, out bp),
            _ => true,
        };
    }

    private bool ApplyRegisters(ulong address)
    {
        Span<byte> bytes = stackalloc byte[X86_64Registers.PtRegsSize];
        if (!_kernel.Memory.TryRead(address, bytes, out var fault))
            return Scan($"the exception frame at 0x{address:x} can't be read: {fault}");
        return Enter(X86_64Registers.FromPtRegs(bytes), FoundBy.ExceptionFrame);
    }

    // Only the five words that the processor pushed are there; the other registers are as they were.
    private bool ApplyInterruptFrame(OrcEntry rule, ulong address)
    {
        Span<byte> bytes = stackalloc byte[5 * 8];
        if (!_kernel.Memory.TryRead(address, bytes, out var fault))
            return Scan($"the interrupt frame at 0x{address:x} can't be read: {fault}");
        var ip = BitConverter.ToUInt64(bytes);
        var cs = BitConverter.ToUInt64(bytes[8..]);
        var sp = BitConverter.ToUInt64(bytes[24..]);
        var flags = BitConverter.ToUInt64(bytes[16..]);
        if (!TryPreviousBp(rule, address, out var bp))
            bp = _bp;
        var ss = BitConverter.ToUInt64(bytes[32..]);
        NamedRegister[] named = [new("rip", ip), new("rsp", sp), new("rflags", flags), new("cs", cs), new("ss", ss)];
        return Enter(new CpuRegisters(ip, sp, bp, (cs & 3) == 3, named), FoundBy.ExceptionFrame);
    }

    // Some functions have no rule on purpose (STACK_FRAME_NON_STANDARD: __crash_kexec saves registers in ways that
    // objtool doesn't follow). The caller's return address is then the first word up the stack that lies right after
    // a call of this very function.
    private bool StepByCallSite()
    {
        if (!_kernel.Symbols.TryLookup(_isExact ? _ip : _ip - 1, out var function))
            return false;
        var word = (_sp + 7) & ~7UL;
        for (var i = 0; i < MostScannedWords && _stack.Range.Contains(word); i++, word += 8)
        {
            if (_kernel.Memory.TryReadUInt64(word, out var address) && _rules.IsText(address)
                && CallTarget(OriginalOf(address, word)) == function.Address)
                return Continue(address, word, word + 8, _bp, FoundBy.CallSite);
        }
        return false;
    }

    /// <summary>Where the direct call (e8, 32-bit distance) goes that ends right before the address; 0 if none does.</summary>
    private ulong CallTarget(ulong address)
    {
        Span<byte> call = stackalloc byte[5];
        return _kernel.Memory.TryRead(address - 5, call, out _) && call[0] == 0xe8
            ? address + (ulong)BitConverter.ToInt32(call[1..])
            : 0;
    }

    private bool StepByCfi(ulong lookup)
    {
        if (!_rules.TryFindCfi(lookup, out var rule) || !TryPreviousSp(rule, out var previous))
            return false;
        if (!TryReadStack(previous - 8, out var address) || !_rules.IsText(address) || !TryPreviousBp(rule, previous, out var bp))
            return false;
        return Continue(address, previous - 8, previous, bp, FoundBy.Cfi);
    }

    private bool StepByFramePointer()
    {
        if (!TryReadStack(_bp, out var bp) || !TryReadStack(_bp + 8, out var address) || !_rules.IsText(address) || _bp < _sp)
            return false;
        return Continue(address, _bp + 8, _bp + 16, bp, FoundBy.FramePointer);
    }

    // Looks further up the same stack for a word that is a return address: one that lies in text, right after a call.
    private bool Scan(string why)
    {
        _problem = why;
        _isReliable = false;
        var word = (_sp + 7) & ~7UL;
        for (var i = 0; i < MostScannedWords && _stack.Range.Contains(word); i++, word += 8)
        {
            if (_kernel.Memory.TryReadUInt64(word, out var address) && _rules.IsText(address)
                && FollowsCall(OriginalOf(address, word)))
            {
                _sp = word;
                return Continue(address, word, word + 8, _bp, FoundBy.Scan);
            }
        }
        return false;
    }

    // Whether a call instruction ends right before the address: e8 with a 32-bit distance, or ff /2 through a register or memory.
    private bool FollowsCall(ulong address)
    {
        Span<byte> before = stackalloc byte[7];
        if (!_kernel.Memory.TryRead(address - 7, before, out _))
            return false;
        return before[2] == 0xe8
            || (before[5] == 0xff && (before[6] & 0x38) == 0x10)
            || (before[4] == 0xff && (before[5] & 0x38) == 0x10)
            || (before[1] == 0xff && (before[2] & 0x38) == 0x10);
    }

    /// <summary>Goes on at code whose registers are all known.</summary>
    private bool Enter(CpuRegisters registers, FoundBy foundBy)
    {
        if (!registers.IsUserMode && _frames.Count > 0 && !MoveTo(registers.StackPointer))
            return false;
        _ip = registers.InstructionPointer;
        _sp = registers.StackPointer;
        _bp = registers.FramePointer;
        _isBpKnown = true;
        _isExact = true;
        _registers = registers;
        if (_frames.Count == 0)
            _stack = registers.IsUserMode ? NoKernelStack : StackOf(_sp) ?? UnknownStack(_sp);
        AddFrame(_sp, foundBy);
        return true;
    }

    /// <summary>Goes on at a caller.</summary>
    private bool Continue(ulong address, ulong location, ulong sp, ulong bp, FoundBy foundBy)
    {
        if (!MoveTo(sp))
            return false;
        var isReplaced = _rules.Replaced.Contains(address);
        _ip = address;
        _sp = sp;
        _bp = bp;
        // Where the return address was found without a rule, what the function did to rbp isn't known.
        _isBpKnown &= foundBy is FoundBy.Orc or FoundBy.Cfi;
        _isExact = false;
        _registers = null;
        if (isReplaced)
            foundBy = TakeOriginal(location, foundBy);
        AddFrame(location, foundBy);
        return true;
    }

    // Without its record the address says only who has replaced another: the caller isn't known, and what follows is a guess.
    private FoundBy TakeOriginal(ulong location, FoundBy foundBy)
    {
        if (_originals.Value.TryGetValue(location, out var record))
        {
            _ip = record.Original;
            return record.By;
        }
        _isExact = true;
        _isReliable = false;
        _missingOriginal = $"the return address at 0x{location:x} was replaced, and the task has no record of it";
        return foundBy;
    }

    private ulong OriginalOf(ulong address, ulong location) =>
        _rules.Replaced.Contains(address) && _originals.Value.TryGetValue(location, out var record) ? record.Original : address;

    // A walk goes up its stack, and leaves a stack at most once: so it ends, whatever the memory holds.
    private bool MoveTo(ulong sp)
    {
        if (_stack.Range.Contains(sp) || _stack.Range.End == sp)
        {
            if (sp > _sp)
                return true;
            _problem = $"the stack runs backwards: from 0x{_sp:x} to 0x{sp:x}";
            return false;
        }
        var next = StackOf(sp);
        if (next is null || !_leftStacks.Add(_stack.Stack) || _leftStacks.Contains(next.Value.Stack))
        {
            _problem = next is null
                ? $"0x{sp:x} is on none of this CPU's and task's stacks"
                : $"the {next.Value.Stack} stack comes again at 0x{sp:x}";
            return false;
        }
        _stack = next.Value;
        return true;
    }

    private KernelStack? StackOf(ulong sp)
    {
        foreach (var stack in _stacks)
        {
            // A stack that overflowed is left at its low end, into the guard below.
            if (sp >= stack.Range.Start - GuardSize && sp <= stack.Range.End)
                return stack;
        }
        return null;
    }

    // A user program's stack is none of the kernel's, and its task's own is empty.
    private static KernelStack NoKernelStack => new(FrameStack.Task, new AddressRange(0, 0));

    private static KernelStack UnknownStack(ulong sp) =>
        new(FrameStack.Unknown, new AddressRange(sp & ~0x3fffUL, (sp & ~0x3fffUL) + 0x4000));

    private bool TryReadStack(ulong address, out ulong value)
    {
        if (_kernel.Memory.TryReadUInt64(address, out value, out var fault))
            return true;
        _problemOfRead = fault.ToString();
        return false;
    }

    private void AddFrame(ulong location, FoundBy foundBy)
    {
        var isUser = _registers is { IsUserMode: true };
        Symbol? function = !isUser && _kernel.Symbols.TryLookup(_isExact ? _ip : _ip - 1, out var symbol) ? symbol : null;
        _frames.Add(new StackFrame
        {
            Address = _ip,
            StackAddress = location,
            FoundBy = foundBy,
            IsExact = _isExact,
            IsReliable = _isReliable,
            Stack = _stack.Stack,
            Function = function,
            Registers = _registers,
            FramePointer = _isBpKnown ? _bp : null,
        });
    }
}
