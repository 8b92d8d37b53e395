using System.Buffers;
using System.Globalization;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Decoding;
using Panicle.Logs.Events;
using Panicle.Reports.Decoding;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>
/// The instruction that an exception came at, and what it did with memory: as the dump shows it, or as the log tells it.
/// </summary>
internal sealed record FaultSite
{
    private const int MostInstructionsBefore = 24;

    // Where one of these is in the backtrace, the registers of the CPU are those of the panic, not of the exception.
    private static readonly HashSet<string> OfPanic =
    [
        "__crash_kexec", "panic", "vpanic", "oops_end", "nmi_panic", "crash_kexec",
    ];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private FaultSite() { }

    /// <summary>
    /// The function and its module, "crashme_inner [crashme]"; where none could be run (<see cref="IsFetch"/>) the address.
    /// </summary>
    public required string Function { get; init; }

    /// <summary>The place: "crashme_inner+0xf [crashme]".</summary>
    public required string Place { get; init; }

    /// <summary>The function and place that called it, where no function could be run; null if they aren't known.</summary>
    public (string Function, string Place, ulong? Address)? Caller { get; init; }

    /// <summary>A register's value by its name in lower case, or null.</summary>
    public required Func<string, ulong?> Register { get; init; }

    /// <summary>The processor that it was on; null where a log's isn't known.</summary>
    public Processor? Processor { get; init; }

    /// <summary>The stack pointer; null if it isn't known.</summary>
    public ulong? StackPointer => Processor is null ? null : Register(Processor.Registers.StackPointer);

    /// <summary>Where the CPU was; null if the log doesn't say.</summary>
    public ulong? InstructionPointer { get; init; }

    /// <summary>The address that could not be used: as the kernel said, else as the registers say.</summary>
    public ulong? Address { get; init; }

    /// <summary>The instruction in words; null if the code can't be read.</summary>
    public string? Instruction { get; init; }

    /// <summary>The instruction's bytes; empty if the code can't be read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>What it does with memory; null if nothing.</summary>
    public MemoryAccess? Access { get; init; }

    /// <summary>Whether it wrote or read; null if neither the instruction nor the error code tells.</summary>
    public bool? Writes => Access is { } access ? access.IsWrite
        : ErrorCode is { } code ? FaultStatus.IsWrite(Architecture, code) : null;

    /// <summary>The architecture by the name that events have for it, or null.</summary>
    public string? Architecture { get; init; }

    /// <summary>Where the pointer was read from, if the dump's memory still says so.</summary>
    public PointerOrigin? Origin { get; init; }

    /// <summary>The page fault's error code; null for another exception.</summary>
    public ulong? ErrorCode { get; init; }

    /// <summary>Whether the instruction itself could not be fetched: a jump to where no code is.</summary>
    public required bool IsFetch { get; init; }

    /// <summary>What the pointer likely was, and which member was used; null if the types can't be known.</summary>
    public AccessedMember? Member { get; init; }

    /// <summary>The dump's frame; null for a log.</summary>
    public StackFrame? Frame { get; init; }

    /// <summary>The instruction as evidence.</summary>
    public IEnumerable<Evidence> Evidence
    {
        get
        {
            if (Instruction is null || IsFetch)
                yield break;
            yield return new Evidence(
                $"{Place}: {Instruction}{(Access is null ? "" : $" — {Access.Text}")}",
                Frame is { } frame ? $"dis {frame.Address:x} 1" : null);
            if (Member is { } member)
                yield return new Evidence(member.Text, $"struct -o {member.Structure}");
        }
    }

    /// <summary>Where a dump says that the exception came.</summary>
    internal static FaultSite? Find(FindingContext context, KernelDump kernel)
    {
        if (context.Trace is not { Frames: [_, ..] frames } || FrameIn(context, frames) is not { Registers: { } registers } frame)
            return null;
        var address = AddressIn(context.Message);
        var processor = kernel.Architecture.Processor;
        var errorCode = ErrorCodeOf(context, processor);
        // Code without a symbol may still be code (of a module that hides):
        // there the kernel says that it was no fetch that failed.
        var isFetch = registers.InstructionPointer == address
            || frame.Function is null && (errorCode is not { } code || processor.IsInstructionFetch(code));
        var listing = isFetch ? null : kernel.Code.Around(frame.Address, MostInstructionsBefore, 0).Instructions;
        var instruction = listing is [.., var last] && last.Address == frame.Address ? last : null;
        var access = instruction is null
            ? null
            : MemoryAccess.Of(instruction.Bytes.Span, processor, name => registers[name], address);
        var origin = access?.Base is { } used && listing is not null
            ? PointerOrigin.Find(kernel, [.. listing.SkipLast(1)], used, registers) : null;
        var caller = frames.SkipWhile(other => other != frame).Skip(1)
            .FirstOrDefault(other => other.Function is not null && !other.IsUser);
        return new FaultSite
        {
            Function = FindingContext.FunctionOf(frame),
            Place = FindingContext.PlaceOf(frame),
            Caller = caller is null ? null : (FindingContext.FunctionOf(caller), FindingContext.PlaceOf(caller), caller.Address),
            Register = name => registers[name],
            Processor = processor,
            Architecture = processor.Name,
            InstructionPointer = registers.InstructionPointer,
            Address = address ?? access?.Address,
            Instruction = instruction?.Text,
            Bytes = instruction?.Bytes ?? default,
            Access = access,
            Origin = origin,
            Member = access is null ? null : AccessedMember.Find(kernel, frame, access),
            ErrorCode = errorCode,
            IsFetch = isFetch,
            Frame = frame,
        };
    }

    /// <summary>Where a log says that the exception came; null if it tells of none.</summary>
    internal static FaultSite? Of(FindingContext context, OopsEvent found)
    {
        // MIPS tells in its headline where it was: "… at virtual address 702e7da4, epc == 702e7da4, ra == …".
        var isNowhere = found.Instruction is null && found.FaultAddress is { Value: var nowhere }
            && found.Title.Contains(string.Create(CultureInfo.InvariantCulture, $"epc == {nowhere:x8},"),
                StringComparison.Ordinal);
        if (found.Registers.Count == 0 && found.Instruction is null && !isNowhere)
            return null;
        var processor = Architectures.ProcessorOf(found.Architecture);
        var faulting = found.Code?.Instructions.FirstOrDefault(instruction => instruction.IsFaulting);
        var bytes = faulting is null ? [] : Convert.FromHexString(faulting.Bytes);
        var address = found.FaultAddress?.Value;
        var access = bytes.Length > 0 && processor is not null ? MemoryAccess.Of(bytes, processor, Register, address) : null;
        var code = found.ErrorCode ?? ErrorCodeOf(context, processor);
        var isFetch = found.Instruction?.Function is null && (code is { } told && processor?.IsInstructionFetch(told) == true
            || address is not null && found.Instruction?.Address?.Value == address || isNowhere);
        var instruction = isFetch ? null : found.Instruction;
        var caller = found.Traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames)
            .FirstOrDefault(frame => frame is { IsReliable: true, Function: not null });
        return new FaultSite
        {
            Function = instruction is { } at ? FunctionOf(at) : isFetch ? $"0x{address:x}" : found.Function ?? "the kernel",
            Place = instruction is { } place ? PlaceOf(place) : isFetch ? $"0x{address:x}" : found.Function ?? "?",
            Caller = caller is not null ? (FunctionOf(caller), PlaceOf(caller), null)
                : isNowhere && found.FullFunction is { } linked ? (linked, linked, null) : null,
            Register = Register,
            Processor = processor,
            Architecture = found.Architecture,
            InstructionPointer = isFetch ? address : null,
            Address = address ?? access?.Address,
            Instruction = faulting?.Text,
            Bytes = bytes,
            Access = access,
            ErrorCode = code,
            IsFetch = isFetch,
        };

        ulong? Register(string name) => found.Registers.TryGetValue(name, out var value) ? value.Value : null;
    }

    private static string FunctionOf(BacktraceFrame frame) => new CodePlace(frame.Name, Module: frame.Module).FunctionText;

    private static string PlaceOf(BacktraceFrame frame) => new CodePlace(frame.Name, frame.Offset, null, frame.Module).ToString();

    private static StackFrame? FrameIn(FindingContext context, IReadOnlyList<StackFrame> frames)
    {
        if (context.Died is { Registers: not null, IsUser: false } told)
            return told;
        var inPanic = frames.Any(frame =>
            !frame.IsUser && frame.Function is { } function && OfPanic.Contains(function.Name.Split('.')[0]));
        var found = inPanic ? frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame) : frames[0];
        return found is { IsUser: false } ? found : null;
    }

    // "…dereference, address: 0000000000000018", "…page fault for address: ffff…", "…non-canonical address 0x1234…: 0000 [#1]".
    private static ulong? AddressIn(string message)
    {
        const string Mark = "address";
        var at = message.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var rest = message.AsSpan(at + Mark.Length).TrimStart(": ");
        if (rest.StartsWith("0x"))
            rest = rest[2..];
        var end = rest.IndexOfAnyExcept(HexDigits);
        var digits = end < 0 ? rest : rest[..end];
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? address
            : null;
    }

    private static ulong? ErrorCodeOf(FindingContext context, Processor? processor) => processor is null ? null
        : context.Log.PageFaultCode(processor);
}
