using System.Globalization;
using Iced.Intel;

namespace Panicle.Reports.Decoding;

/// <summary>What one x86 instruction does with memory, read against the registers.</summary>
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
    /// <param name="bits">64 or 32.</param>
    /// <param name="register">A register's value by its name in lower case, or null where it isn't known.</param>
    /// <param name="faultAddress">The address whose access failed, if known: it picks one of several accesses.</param>
    /// <returns>The access, or null where the instruction touches no memory (or the bytes are no instruction).</returns>
    public static MemoryAccess? Of(ReadOnlySpan<byte> code, int bits, Func<string, ulong?> register, ulong? faultAddress = null)
    {
        var decoder = Decoder.Create(bits, new ByteArrayCodeReader(code.ToArray()), register(bits == 64 ? "rip" : "eip") ?? 0);
        decoder.Decode(out var instruction);
        if (instruction.IsInvalid)
            return null;
        var accesses = new InstructionInfoFactory().GetInfo(instruction).GetUsedMemory()
            .Where(memory => memory.Access is not (OpAccess.None or OpAccess.NoMemAccess))
            .Select(memory => Of(memory, register)).ToList();
        return accesses.Find(access => access.Address is { } address && faultAddress >= address && faultAddress - address < (ulong)Math.Max(access.Size, 1))
            ?? accesses.FirstOrDefault();
    }

    private static MemoryAccess Of(UsedMemory memory, Func<string, ulong?> register)
    {
        var displacement = (long)memory.Displacement;
        var isWrite = memory.Access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
        var verb = memory.Access switch
        {
            OpAccess.Write or OpAccess.CondWrite => "writes",
            OpAccess.ReadWrite or OpAccess.ReadCondWrite => "reads and writes",
            _ => "reads",
        };
        var size = memory.MemorySize.GetSize();
        var parts = new List<string>();
        var values = new List<string>();
        ulong? address = (ulong)displacement;
        Add(memory.Base, 1);
        Add(memory.Index, memory.Scale);
        var segment = memory.Segment is Register.GS or Register.FS ? $"%{Name(memory.Segment)}:" : "";
        // A per-CPU or thread base isn't in the operand.
        if (segment.Length > 0)
            address = null;
        var place = segment + string.Join('+', parts) + Tail(displacement, parts.Count > 0);
        var bytes = size switch { 0 => "", 1 => "1 byte ", _ => $"{size} bytes " };
        var text = $"{verb} {bytes}at {place}{(values.Count > 0 ? ", " + string.Join(", ", values) : "")}";
        return new MemoryAccess(text, address, size, isWrite, memory.Base == Register.None ? null : Name(memory.Base), displacement) { IsIndexed = memory.Index != Register.None };

        void Add(Register used, int scale)
        {
            if (used == Register.None)
                return;
            var name = Name(used);
            var value = register(name);
            parts.Add(scale > 1 ? $"{name}*{scale}" : name);
            values.Add(value is { } known ? $"{name} is {Hex(known)}" : $"{name} is not known");
            address = address is { } sum && value is { } addend ? sum + (addend * (ulong)scale) : null;
        }
    }

    /// <summary>The 64-bit register of which a register is a part: <c>rsi</c> of <c>esi</c>. Null if the name is none.</summary>
    /// <param name="name">The name in lower case.</param>
    public static string? FullName(string name) =>
        Enum.TryParse<Register>(name, ignoreCase: true, out var register) && register.IsGPR() ? Name(register.GetFullRegister()) : null;

    private static string Tail(long displacement, bool follows) =>
        !follows ? Hex((ulong)displacement)
        : displacement == 0 ? ""
        : displacement < 0 ? $"-{Hex((ulong)-displacement)}" : $"+{Hex((ulong)displacement)}";

    private static string Hex(ulong value) => value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private static string Name(Register register) => register.ToString().ToLowerInvariant();
}
