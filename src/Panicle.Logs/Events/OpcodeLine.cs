using System.Globalization;
using Panicle.Formats.Instructions;
using Panicle.Logs.Decoding;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>
/// Reads the bytes of a <c>Code:</c> line: <c>55 48 89 e5 &lt;48&gt; 8b 07</c>, the faulting instruction's first byte marked.
/// </summary>
internal sealed class OpcodeLine
{
    // show_opcodes() prints 64; what is longer is no Code: line.
    private const int MostBytes = 512;

    private readonly byte[] _bytes;
    private readonly int _fault;

    private OpcodeLine(byte[] bytes, int fault) => (_bytes, _fault) = (bytes, fault);

    /// <summary>The line's bytes; null where it isn't such a line (words of another architecture, "Bad RIP value").</summary>
    public static OpcodeLine? Parse(string text)
    {
        var bytes = new List<byte>();
        var fault = -1;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var isFault = word.StartsWith('<');
            var digits = isFault ? word.AsSpan().Trim("<>") : word;
            if (bytes.Count == MostBytes
                || !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                || word.Length != (isFault ? 4 : 2))
            {
                break;
            }
            if (isFault)
                fault = bytes.Count;
            bytes.Add(value);
        }
        return fault < 0 ? null : new OpcodeLine([.. bytes], fault);
    }

    /// <summary>The line as instructions, each with its distance from the faulting one.</summary>
    /// <param name="processor">Whose instructions they are.</param>
    /// <param name="place">
    /// The faulting instruction's place in its function, where the text tells it: what lies outside the function is left out.
    /// </param>
    public CodeBytes Disassemble(IProcessor processor, BacktraceFrame? place)
    {
        var disassembler = processor.Disassembler;
        (string Name, int Offset, int Size) function = place is { Function: { } name, Offset: { } offset, Size: { } size }
            && offset < size && size <= int.MaxValue
            ? (FunctionName.Plain(name), (int)offset, (int)size) : ("", 0, 0);
        var start = Start(disassembler, function.Offset);
        var end = function.Size == 0 ? _bytes.Length : Math.Min(_bytes.Length, _fault - function.Offset + function.Size);
        // Offsets into the function, or from the faulting instruction, stand in for addresses.
        var first = (ulong)(start - _fault + function.Offset);
        return new CodeBytes([.. disassembler.Decode(_bytes.AsMemory(start..end), first)
            .Select(instruction => new CodeInstruction(
                (int)(long)instruction.Address - function.Offset, Convert.ToHexStringLower(instruction.Bytes.Span),
                TextOf(instruction, function.Name, (ulong)function.Size),
                instruction.Address == (ulong)function.Offset))]);
    }

    /// <summary>What the faulting instruction does with memory.</summary>
    public MemoryAccess? Access(IProcessor processor, Func<string, ulong?> register, ulong? faultAddress) =>
        MemoryAccess.Of(_bytes.AsSpan(_fault), processor, register, faultAddress);

    // Where the code lies isn't known: a target is told by its place in the function,
    // or by its distance from the instruction (".").
    private static string TextOf(Instruction instruction, string function, ulong size)
    {
        if (instruction.Target is not { } target)
            return instruction.Text;
        if (instruction.Text.IndexOf('#', StringComparison.Ordinal) is >= 0 and var comment)
            return instruction.Text[..comment].TrimEnd();
        var operation = instruction.Text[..(instruction.Text.LastIndexOf(' ') + 1)];
        if (target < size)
            return $"{operation}{function}+0x{target:x}";
        var distance = (long)(target - instruction.Address);
        return $"{operation}.{(distance < 0 ? '-' : '+')}0x{Math.Abs(distance):x}";
    }

    // The bytes before begin anywhere: at the function's start if that is among them, else at the first byte from which decoding
    // comes to the faulting instruction.
    private int Start(Disassembler disassembler, int offset)
    {
        if (offset > 0 && offset <= _fault && LeadsToFault(disassembler, _fault - offset))
            return _fault - offset;
        return Enumerable.Range(0, _fault).FirstOrDefault(start => LeadsToFault(disassembler, start), _fault);
    }

    private bool LeadsToFault(Disassembler disassembler, int start)
    {
        var lead = disassembler.Decode(_bytes.AsMemory(start, _fault - start), 0).ToList();
        return lead is [.., var last] && (int)last.Address + last.Length == _fault - start
            && !lead.Any(instruction => instruction.IsBad);
    }
}
