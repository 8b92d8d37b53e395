using System.Globalization;
using Panicle.Formats.Instructions;

namespace Panicle.Logs.Decoding;

/// <summary>What one instruction does with memory, read against the registers.</summary>
/// <param name="Text">In words: <c>reads 8 bytes at rdi+0x18, rdi is 0</c>.</param>
/// <param name="Address">The address, or null where a register is not known.</param>
/// <param name="Size">Bytes, or 0 where the instruction doesn't fix it.</param>
/// <param name="IsWrite">Whether it writes there.</param>
/// <param name="Base">The register that the address comes from, in lower case, or null.</param>
/// <param name="Displacement">What is added to it: most often a member's offset.</param>
public sealed record MemoryAccess(string Text, ulong? Address, int Size, bool IsWrite, string? Base, long Displacement)
{
    /// <summary>Whether an index register is added, too: an array's element.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>Reads the first instruction of a piece of code.</summary>
    /// <param name="code">The code.</param>
    /// <param name="processor">Whose code it is.</param>
    /// <param name="register">A register's value by its name in lower case, or null where it isn't known.</param>
    /// <param name="faultAddress">The address whose access failed, if known: it picks one of several accesses.</param>
    /// <returns>The access, or null where the instruction touches no memory (or the bytes are no instruction).</returns>
    public static MemoryAccess? Of(
        ReadOnlySpan<byte> code, IProcessor processor, Func<string, ulong?> register, ulong? faultAddress = null)
    {
        if (processor.Instructions.Analyze(code, register(processor.InstructionPointer) ?? 0) is not { } effect)
            return null;
        var accesses = effect.Accesses.Select(memory => Of(memory, register)).ToList();
        return accesses.Find(access => access.Contains(faultAddress)) ?? accesses.FirstOrDefault();
    }

    private bool Contains(ulong? address) =>
        Address is { } start && address >= start && address - start < (ulong)Math.Max(Size, 1);

    private static MemoryAccess Of(MemoryOperand memory, Func<string, ulong?> register)
    {
        var verb = (
            memory.IsRead, memory.IsWritten) switch
        { (_, false) => "reads", (false, _) => "writes", _ => "reads and writes" };
        var parts = new List<string>();
        var values = new List<string>();
        Add(memory.Base, 1);
        Add(memory.Index, memory.Scale);
        var place = memory.Prefix + string.Join('+', parts) + Tail(memory.Displacement, parts.Count > 0);
        var bytes = memory.Size switch { 0 => "", 1 => "1 byte ", _ => $"{memory.Size} bytes " };
        var text = $"{verb} {bytes}at {place}{(values.Count > 0 ? ", " + string.Join(", ", values) : "")}";
        return new MemoryAccess(text, memory.AddressIn(register), memory.Size, memory.IsWritten, memory.Base, memory.Displacement)
        {
            IsIndexed = memory.Index is not null,
        };

        void Add(string? name, int scale)
        {
            if (name is null)
                return;
            parts.Add(scale > 1 ? $"{name}*{scale}" : name);
            values.Add(register(name) is { } known ? $"{name} is {Hex(known)}" : $"{name} is not known");
        }
    }

    private static string Tail(long displacement, bool follows) =>
        !follows ? Hex((ulong)displacement)
        : displacement == 0 ? ""
        : displacement < 0 ? $"-{Hex((ulong)-displacement)}" : $"+{Hex((ulong)displacement)}";

    private static string Hex(ulong value) => value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
