using System.Buffers;
using System.Globalization;
using Panicle.Kernel.Disassembly;
using Panicle.Kernel.Unwind;
using Panicle.Reports.Decoding;

namespace Panicle.Reports.Findings;

/// <summary>The instruction that an exception came at, and what it did with memory.</summary>
/// <param name="Frame">The frame, with its registers.</param>
/// <param name="Registers">The registers.</param>
/// <param name="Address">The address that could not be used: as the kernel said, else as the registers say.</param>
/// <param name="Instruction">The instruction; null if the code can't be read.</param>
/// <param name="Access">What it does with memory; null if nothing.</param>
/// <param name="Origin">Where the pointer was read from, if memory still says so.</param>
/// <param name="ErrorCode">The page fault's error code; null for another exception.</param>
public sealed record FaultSite(
    StackFrame Frame, CpuRegisters Registers, ulong? Address, Instruction? Instruction, MemoryAccess? Access, PointerOrigin? Origin, ulong? ErrorCode)
{
    private const int MostInstructionsBefore = 24;

    // Where one of these is in the backtrace, the registers of the CPU are those of the panic, not of the exception.
    private static readonly HashSet<string> OfPanic = ["__crash_kexec", "panic", "vpanic", "oops_end", "nmi_panic", "crash_kexec"];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether the instruction itself could not be fetched: a jump to where no code is.</summary>
    public bool IsFetch => Registers.InstructionPointer == Address || Frame.Function is null;

    /// <summary>The instruction as evidence.</summary>
    public IEnumerable<Evidence> Evidence
    {
        get
        {
            if (Instruction is null || IsFetch)
                yield break;
            yield return new Evidence($"{FindingContext.PlaceOf(Frame)}: {Instruction.Text}{(Access is null ? "" : $" — {Access.Text}")}", $"dis {Frame.Address:x} 1");
        }
    }

    internal static FaultSite? Find(FindingContext context)
    {
        if (context.Trace?.Frames is not [var first, ..] || FrameIn(context.Trace.Frames) is not { Registers: { } registers } frame)
            return null;
        var address = AddressIn(context.Message);
        var listing = frame.Function is null ? null : context.Kernel.Code.Around(frame.Address, MostInstructionsBefore, 0).Instructions;
        var instruction = listing is [.., var last] && last.Address == frame.Address ? last : null;
        var access = instruction is null ? null : MemoryAccess.Of(instruction.Bytes.Span, 64, name => registers[name], address);
        var origin = access?.Base is { } used && listing is not null
            ? PointerOrigin.Find(context.Kernel.Memory, [.. listing.SkipLast(1)], used, registers) : null;
        return new FaultSite(frame, registers, address ?? access?.Address, instruction, access, origin, ErrorCodeOf(context));
    }

    private static StackFrame? FrameIn(IReadOnlyList<StackFrame> frames)
    {
        var inPanic = frames.Any(frame => !frame.IsUser && frame.Function is { } function && OfPanic.Contains(function.Name.Split('.')[0]));
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
        return ulong.TryParse(end < 0 ? rest : rest[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address) ? address : null;
    }

    private static ulong? ErrorCodeOf(FindingContext context)
    {
        const string Mark = "#PF: error_code(0x";
        var line = context.LastWords(text => text.StartsWith(Mark, StringComparison.Ordinal)).LastOrDefault()?.Text;
        var end = line?.IndexOf(')', StringComparison.Ordinal) ?? -1;
        return end > 0 && ulong.TryParse(line.AsSpan(Mark.Length, end - Mark.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? code : null;
    }
}
