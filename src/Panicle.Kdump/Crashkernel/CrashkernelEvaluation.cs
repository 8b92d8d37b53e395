namespace Panicle.Kdump.Crashkernel;

/// <summary>Works out what a kernel reserves for a command line, as parse_crashkernel() does (kernel/crash_reserve.c).</summary>
public sealed class CrashkernelEvaluation
{
    private const ulong Megabyte = 1 << 20;
    private const ulong Gigabyte = 1 << 30;

    // Firmware keeps some memory for itself; the kernel works around that before it compares with ranges.
    private const ulong Granularity = 128 * Megabyte;

    // Less than this boots no current kernel with any initramfs.
    private const ulong LeastUseful = 64 * Megabyte;

    private readonly ulong _memory;
    private readonly string _release;
    private readonly ReservationRules _rules;
    private readonly List<string> _steps = [];
    private readonly List<string> _problems = [];

    private CrashkernelEvaluation(ulong memory, string machine, string release) =>
        (_memory, _rules, _release) = (memory, ReservationRules.Of(machine), release);

    /// <summary>What is reserved on a machine.</summary>
    /// <param name="arguments">The command line's, in their order.</param>
    /// <param name="memory">The machine's memory, in bytes.</param>
    /// <param name="machine">Its architecture, as <c>uname -m</c> says it.</param>
    /// <param name="release">Its kernel, as <c>uname -r</c> says it; "" for a current one.</param>
    public static CrashkernelReservation Of(
        IReadOnlyList<CrashkernelArgument> arguments, ulong memory, string machine, string release = "") =>
        new CrashkernelEvaluation(memory, machine, release).Evaluate(arguments);

    private CrashkernelReservation Evaluate(IReadOnlyList<CrashkernelArgument> given)
    {
        IReadOnlyList<CrashkernelArgument> arguments = [.. given.Select(Aged)];
        foreach (var invalid in arguments.Where(argument => argument.Error is not null))
            _problems.Add($"crashkernel={invalid.Text}: {invalid.Error}");
        foreach (var odd in arguments.Where(argument => argument.Oddity is not null))
            _problems.Add($"crashkernel={odd.Text}: {odd.Oddity}");
        var plain = arguments.LastOrDefault(IsPlain);
        var high = Last(arguments, CrashkernelForm.High);
        var low = Last(arguments, CrashkernelForm.Low);
        var cma = Last(arguments, CrashkernelForm.Cma);
        if (plain is not null)
            return Plain(arguments, plain, high, low, cma);
        if (high is not null)
            return High(high, low, cma);
        if (low is not null)
            _problems.Add($"crashkernel={low.Text} counts only beside crashkernel=SIZE,high");
        if (cma is not null)
            _problems.Add(
                $"crashkernel={cma.Text} counts only beside a crashkernel=SIZE: the capture kernel itself can't lie in CMA");
        if (arguments.Count == 0)
            _steps.Add("There is no crashkernel= on the command line.");
        return Nothing();
    }

    private static bool IsPlain(CrashkernelArgument argument) =>
        argument.Kind is not (CrashkernelForm.High or CrashkernelForm.Low or CrashkernelForm.Cma);

    // A kernel that doesn't know ,cma reads it as a plain size with something left over.
    private CrashkernelArgument Aged(CrashkernelArgument argument)
    {
        if (argument.Kind != CrashkernelForm.Cma || IsSince(6, 17))
            return argument;
        _problems.Add($"Linux {_release} doesn't know crashkernel={argument.Text}; 6.17 does");
        return argument with { Form = CrashkernelForm.Invalid, Kind = CrashkernelForm.Invalid };
    }

    // Whether the kernel is of this version or a later one; one that nobody names is current.
    private bool IsSince(int major, int minor)
    {
        var parts = _release.Split('.', '-');
        return parts.Length < 2 || !int.TryParse(parts[0], out var first) || !int.TryParse(parts[1], out var second)
            || (first, second).CompareTo((major, minor)) >= 0;
    }

    private CrashkernelReservation Plain(
        IReadOnlyList<CrashkernelArgument> arguments, CrashkernelArgument plain, CrashkernelArgument? high,
        CrashkernelArgument? low, CrashkernelArgument? cma)
    {
        if (arguments.Count(IsPlain) > 1)
            _steps.Add($"Of several crashkernel= the last one counts: {plain.Text}.");
        var size = plain.Form switch
        {
            CrashkernelForm.Size => plain.Size,
            CrashkernelForm.Ranges => OfRanges(plain),
            _ => 0UL,
        };
        if (plain.Form == CrashkernelForm.Invalid)
            _steps.Add("The kernel can't read it and reserves nothing.");
        if (size == 0 && high is not null && !IsSince(6, 7))
        {
            _steps.Add($"Linux {_release} then takes crashkernel={high.Text}.");
            return High(high, low, cma);
        }
        if ((high ?? low) is { } ignored)
            _problems.Add($"crashkernel={ignored.Text} is ignored beside crashkernel={plain.Text}");
        if (plain.Form == CrashkernelForm.Invalid)
            return Nothing();
        if (plain.Form == CrashkernelForm.Size)
            _steps.Add($"{MemorySize.Format(size)} whatever the machine's memory.");
        var isThere = CheckOffset(plain, size);
        return CheckSize(plain.Text, size) && isThere ? new(_memory, plain, size, 0, OfCma(cma), _steps, _problems) : Nothing();
    }

    private CrashkernelReservation High(CrashkernelArgument high, CrashkernelArgument? low, CrashkernelArgument? cma)
    {
        if (high.Form == CrashkernelForm.Invalid)
        {
            _steps.Add("The kernel can't read it and reserves nothing.");
            return Nothing();
        }
        if (low is { Form: CrashkernelForm.Invalid })
        {
            if (IsSince(6, 7))
            {
                _steps.Add($"With a crashkernel={low.Text} that it can't read the kernel reserves nothing.");
                return Nothing();
            }
            low = null;
        }
        _steps.Add($"{MemorySize.Format(high.Size)}, above 4 GB where there is memory.");
        var below = low?.Size ?? _rules.Low;
        if (_memory <= 4 * Gigabyte)
        {
            below = 0;
            _steps.Add("All of this machine's memory may lie below 4 GB, and then nothing more is reserved there.");
        }
        else
        {
            _steps.Add(low is null
                ? $"Devices that address 32 bits need memory below 4 GB: the kernel adds {MemorySize.Format(below)} there."
                : $"Below 4 GB {MemorySize.Format(below)} more, as crashkernel={low.Text} asks.");
            if (low is { Size: 0 })
                _problems.Add("crashkernel=0,low: devices that address 32 bits, and swiotlb, won't work in the capture kernel");
        }
        return CheckSize(high.Text, high.Size)
            ? new(_memory, high, high.Size, below, OfCma(cma), _steps, _problems)
            : Nothing();
    }

    private ulong OfRanges(CrashkernelArgument argument)
    {
        var rounded = _memory > ulong.MaxValue - Granularity ? _memory : (_memory + Granularity - 1) / Granularity * Granularity;
        if (rounded != _memory)
            _steps.Add(
                $"The kernel rounds memory of {Rounded(_memory)} up to {MemorySize.Format(rounded)} (a multiple of 128M).");
        CheckRanges(argument.Ranges);
        foreach (var range in argument.Ranges)
        {
            if (range.Size >= rounded)
            {
                _problems.Add($"{range}: the kernel takes no size that isn't less than the machine's memory, and stops there");
                return 0;
            }
            if (!range.Contains(rounded))
                continue;
            _steps.Add($"{MemorySize.Format(rounded)} falls into the range {range}.");
            if (!argument.IsOffsetMissing || range.Size == 0)
                return range.Size;
            _steps.Add("For want of the address after '@' the kernel reserves nothing.");
            return 0;
        }
        _steps.Add(argument.Error is null
            ? $"{MemorySize.Format(rounded)} falls into none of the ranges."
            : "No range fits before the one that the kernel can't read; it stops there.");
        return 0;
    }

    private void CheckRanges(IReadOnlyList<CrashkernelRange> ranges)
    {
        for (var i = 1; i < ranges.Count; i++)
        {
            var (before, range) = (ranges[i - 1], ranges[i]);
            if (before.End is not { } end || range.Start < end)
                _problems.Add($"{range} overlaps {before}; the first range that fits counts");
            else if (range.Start > end)
                _problems.Add(
                    $"memory from {MemorySize.Format(end)} to {MemorySize.Format(range.Start)} falls into no range: "
                        + "nothing is reserved there");
        }
        if (ranges[^1].End is { } last)
            _problems.Add($"machines with {MemorySize.Format(last)} or more reserve nothing: leave out the last end");
        foreach (var range in ranges.Where(range => range.Size is > 0 and < Megabyte))
            _problems.Add($"{range}: {TooSmall(range.Size)}");
    }

    // A number alone lacks its unit; with one it is the wrong one.
    private static string TooSmall(ulong size) => size % 1024 == 0
        ? $"{MemorySize.Format(size)} is too little for any kernel; is M meant?"
        : $"{size} bytes; the unit (M) is missing";

    // False if the kernel reserves nothing.
    private bool CheckSize(string text, ulong size)
    {
        if (size == 0)
            _problems.Add($"crashkernel={text} reserves nothing on a machine with {Rounded(_memory)}");
        else if (size < Megabyte)
            _problems.Add($"crashkernel={text}: {TooSmall(size)}");
        else if (size < LeastUseful)
            _problems.Add($"{MemorySize.Format(size)} is too little for any current kernel to start in");
        else if (size >= _memory)
            _problems.Add($"{MemorySize.Format(size)} is all of the machine's memory or more: the kernel reserves nothing");
        else if (size >= _memory / 2)
            _problems.Add(
                $"{MemorySize.Format(size)} is half of the machine's memory or more; "
                    + "the kernel may not find that much in one piece");
        return size > 0 && size < _memory;
    }

    // False if the kernel reserves nothing.
    private bool CheckOffset(CrashkernelArgument argument, ulong size)
    {
        if (argument.Offset is not { } offset || size == 0)
            return true;
        if (offset == 0)
        {
            _steps.Add("The address 0 means that the kernel chooses.");
            return true;
        }
        _steps.Add($"At the physical address {MemorySize.Format(offset)} and nowhere else.");
        var alignment = IsSince(6, 7) ? _rules.Alignment : _rules.OldAlignment;
        var isAligned = offset % alignment == 0;
        if (!isAligned)
            _problems.Add($"the address {MemorySize.Format(offset)} is not a multiple of {MemorySize.Format(alignment)}: "
                + "the kernel reserves nothing");
        // A gap for devices may move the end of the memory up, but by less than 4 GB.
        var end = (UInt128)offset + size;
        if (end > _memory)
            _problems.Add($"{MemorySize.Format(size)} at {MemorySize.Format(offset)} ends beyond the machine's memory");
        _problems.Add("a fixed address fails where firmware has something there: leave out '@' unless the machine needs it");
        return isAligned && end <= (_memory <= 2 * Gigabyte ? _memory : (UInt128)_memory + 4 * Gigabyte);
    }

    private ulong OfCma(CrashkernelArgument? cma)
    {
        if (cma is null)
            return 0;
        _steps.Add(
            $"{MemorySize.Format(cma.Size)} more as CMA (Linux 6.17), which pages of processes use meanwhile; "
                + "a capture at dump level 31 doesn't need those.");
        return cma.Size;
    }

    private CrashkernelReservation Nothing() => new(_memory, null, 0, 0, 0, _steps, _problems);

    private static CrashkernelArgument? Last(IReadOnlyList<CrashkernelArgument> arguments, CrashkernelForm form) =>
        arguments.LastOrDefault(argument => argument.Kind == form);

    private static string Rounded(ulong bytes) =>
        bytes % Megabyte == 0 ? MemorySize.Format(bytes) : $"{(bytes + Megabyte / 2) / Megabyte}M";
}
