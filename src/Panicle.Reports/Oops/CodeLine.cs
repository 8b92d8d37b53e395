using System.Globalization;
using Panicle.Kernel.Disassembly;
using Panicle.Reports.Decoding;

namespace Panicle.Reports.Oops;

/// <summary>Reads the bytes of a <c>Code:</c> line: <c>55 48 89 e5 &lt;48&gt; 8b 07</c>, the faulting instruction's first byte marked.</summary>
internal sealed class CodeLine
{
    // show_opcodes() prints 64; what is longer is no Code: line.
    private const int MostBytes = 512;

    private readonly byte[] _bytes;
    private readonly int _fault;

    private CodeLine(byte[] bytes, int fault) => (_bytes, _fault) = (bytes, fault);

    /// <summary>The line's bytes; null where it isn't such a line (words of another architecture, "Bad RIP value").</summary>
    public static CodeLine? Parse(string text)
    {
        var bytes = new List<byte>();
        var fault = -1;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var isFault = word.StartsWith('<');
            if (bytes.Count == MostBytes || !byte.TryParse(isFault ? word.AsSpan().Trim("<>") : word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                || word.Length != (isFault ? 4 : 2))
            {
                break;
            }
            if (isFault)
                fault = bytes.Count;
            bytes.Add(value);
        }
        return fault < 0 ? null : new CodeLine([.. bytes], fault);
    }

    /// <summary>The instructions.</summary>
    /// <param name="bits">64 or 32.</param>
    public CodeBytes Disassemble(int bits)
    {
        var disassembler = Disassembler.X86(bits);
        var start = Start(disassembler);
        // Offsets from the faulting instruction stand in for addresses.
        return new CodeBytes([.. disassembler.Decode(_bytes.AsMemory(start), (ulong)(start - _fault))
            .Select(instruction => new CodeInstruction(
                (int)(long)instruction.Address, Convert.ToHexStringLower(instruction.Bytes.Span), instruction.Text, instruction.Address == 0))]);
    }

    /// <summary>What the faulting instruction does with memory.</summary>
    public MemoryAccess? Access(int bits, Func<string, ulong?> register, ulong? faultAddress) =>
        MemoryAccess.Of(_bytes.AsSpan(_fault), bits, register, faultAddress);

    // The bytes before begin anywhere: the first start from which decoding comes to the faulting instruction is taken.
    private int Start(Disassembler disassembler)
    {
        for (var start = 0; start < _fault; start++)
        {
            var lead = disassembler.Decode(_bytes.AsMemory(start, _fault - start), 0).ToList();
            if (lead is [.., var last] && (int)last.Address + last.Length == _fault - start && !lead.Any(instruction => instruction.IsBad))
                return start;
        }
        return _fault;
    }
}
