using Panicle.Dumps;
using Panicle.Formats.Instructions;
using Panicle.Symbols;

namespace Panicle.Kernel.Disassembly;

/// <summary>
/// Disassembles code as it was in memory when the kernel died: with alternatives, static keys, retpolines and ftrace applied,
/// which the vmlinux file doesn't show. Thread-safe.
/// </summary>
public sealed class CodeReader
{
    // No function is longer; a symbol with a greater extent is the last one before a gap.
    private const ulong MostBytes = 1 << 20;

    private readonly KernelDump _kernel;
    private readonly Disassembler _disassembler;

    internal CodeReader(KernelDump kernel)
    {
        _kernel = kernel;
        _disassembler = kernel.Architecture.Processor.Disassembler;
    }

    /// <summary>A whole function: up to the next symbol, or further where code runs on into that.</summary>
    public CodeListing Function(Symbol function) => ToEnd(function, function.Address);

    /// <summary>The instructions from an address on.</summary>
    /// <param name="address">Address of the first instruction.</param>
    /// <param name="count">How many.</param>
    /// <param name="memory">The memory that the address belongs to; null for the kernel's.</param>
    public CodeListing From(ulong address, int count, IMemory? memory = null)
    {
        var length = Math.Min((ulong)count * (ulong)_disassembler.MaxLength, MostBytes);
        var function = memory is null ? FunctionAt(address) : null;
        return Decode(memory ?? _kernel.Memory, function, address, address + length, count);
    }

    /// <summary>The instructions from an address to its function's end.</summary>
    public CodeListing ToEnd(ulong address) => ToEnd(Known(address), address);

    // Within assembler code, labels that others jump to are symbols, too (SYM_INNER_LABEL). No compiled function runs into the
    // next one.
    private CodeListing ToEnd(Symbol function, ulong address)
    {
        var instructions = new List<Instruction>();
        var part = Decode(_kernel.Memory, function, address, EndOf(function), int.MaxValue);
        instructions.AddRange(part.Instructions);
        while (part is { WhyNotWhole: null, Instructions: [.., { IsFollowed: true } last] }
            && last.Address + (ulong)last.Length is var next && next - function.Address < MostBytes
            && FunctionAt(next) is { } label && label.Address == next)
        {
            part = Decode(_kernel.Memory, function, next, EndOf(label), int.MaxValue);
            instructions.AddRange(part.Instructions);
        }
        return part with { Instructions = instructions };
    }

    /// <summary>The instructions from a function's start up to the one at (or around) an address.</summary>
    public CodeListing UpTo(ulong address)
    {
        var function = Known(address);
        var end = Math.Min(EndOf(function), address + (ulong)_disassembler.MaxLength);
        var listing = Decode(_kernel.Memory, function, function.Address, end, int.MaxValue);
        return listing with { Instructions = [.. listing.Instructions.TakeWhile(instruction => instruction.Address <= address)] };
    }

    /// <summary>
    /// The instructions around one. Those before it are decoded from the function's start, since code can't be read backwards
    /// where instructions differ in length; where no function is known, from the furthest of the bytes before it whose
    /// instructions meet it.
    /// </summary>
    /// <param name="address">Address of the instruction in the middle.</param>
    /// <param name="before">Most instructions before it.</param>
    /// <param name="after">Most instructions after it.</param>
    public CodeListing Around(ulong address, int before, int after)
    {
        var function = FunctionAt(address);
        var rest = From(address, after + 1);
        if (function is { } known && rest.Instructions.Count > after)
            rest = rest with
            {
                Instructions = [.. rest.Instructions.TakeWhile(instruction => instruction.Address < EndOf(known))]
            };
        var start = function is { } covering && address - covering.Address <= MostBytes
            ? covering.Address
            : SyncBefore(address, before);
        var lead = Decode(_kernel.Memory, function, start, address, int.MaxValue).Instructions;
        var why = rest.WhyNotWhole;
        if (lead.Count > 0 && lead[^1].Address + (ulong)lead[^1].Length != address)
        {
            // Data within the code, or not an instruction's address: what was decoded runs across it.
            why ??= $"no instruction of the function starts at 0x{address:x} when it is decoded from its start";
        }
        return new CodeListing(function, [.. lead.TakeLast(before), .. rest.Instructions], why);
    }

    private ulong SyncBefore(ulong address, int count)
    {
        var farthest = Math.Min(address, (ulong)(count * _disassembler.MaxLength));
        for (var distance = farthest; distance > 0; distance--)
        {
            var start = address - distance;
            var listing = Decode(_kernel.Memory, null, start, address, int.MaxValue);
            if (listing is { WhyNotWhole: null, Instructions: [.., var last] } && last.Address + (ulong)last.Length == address
                && !listing.Instructions.Any(instruction => instruction.IsBad))
                return start;
        }
        return address;
    }

    private CodeListing Decode(IMemory memory, Symbol? function, ulong start, ulong end, int count)
    {
        var code = ReadWhatThereIs(memory, start, end, out var why);
        var instructions = new List<Instruction>();
        foreach (var instruction in _disassembler.Decode(code, start))
        {
            if (instructions.Count == count)
                break;
            instructions.Add(instruction);
        }
        // Bytes past the last instruction wanted don't matter.
        return new CodeListing(function, instructions, instructions.Count == count ? null : why);
    }

    private static ReadOnlyMemory<byte> ReadWhatThereIs(IMemory memory, ulong start, ulong end, out string? why)
    {
        why = null;
        var code = new byte[(int)Math.Min(end - start, MostBytes)];
        var done = 0;
        while (done < code.Length)
        {
            var take = Math.Min(code.Length - done, IMemory.SmallestPage - (int)((start + (ulong)done) % IMemory.SmallestPage));
            if (!memory.TryRead(start + (ulong)done, code.AsSpan(done, take), out var fault))
            {
                why = $"the code ends early: {fault}";
                break;
            }
            done += take;
        }
        return code.AsMemory(0, done);
    }

    private Symbol? FunctionAt(ulong address) =>
        _kernel.Symbols.TryLookup(address, out var symbol) && symbol.IsText ? symbol : null;

    private Symbol Known(ulong address) =>
        FunctionAt(address) ?? throw new KernelReadException($"no function is known at 0x{address:x}");

    private static ulong EndOf(Symbol function) => function.Address + Math.Clamp(function.Size, 1, MostBytes);
}
