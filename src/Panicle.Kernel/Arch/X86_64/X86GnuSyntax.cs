using System.Text;
using Iced.Intel;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// Writes an instruction as binutils does (objdump, and gdb and crash, which are built on the same code), where Iced's GNU syntax
/// differs in a detail. Not thread-safe.
/// </summary>
internal sealed class X86GnuSyntax
{
    private const int OperandColumn = 7;
    private const byte OperandSizePrefix = 0x66;
    private const byte CodeSegmentPrefix = 0x2e;

    private readonly GasFormatter _formatter = new();
    private readonly Collector _collector = new();

    public X86GnuSyntax()
    {
        var options = _formatter.Options;
        options.FirstOperandCharIndex = OperandColumn;
        options.HexPrefix = "0x";
        options.HexSuffix = "";
        options.UppercaseHex = false;
        options.SmallHexNumbersInDecimal = false;
        options.BranchLeadingZeros = false;
        options.SignedImmediateOperands = false;
        options.SignedMemoryDisplacements = true;
        options.RipRelativeAddresses = true;
        options.ShowBranchSize = false;
        options.ShowUselessPrefixes = true;
    }

    /// <summary>The instruction's text, and the address that it ends with.</summary>
    public string Format(in Instruction instruction, ReadOnlySpan<byte> bytes, out ulong? target)
    {
        var options = _formatter.Options;
        // A displacement that is encoded is shown, zero or not; string instructions show their segments.
        options.ShowZeroDisplacements = instruction.MemoryDisplSize != 0;
        options.AlwaysShowScale = instruction.MemoryIndex != Register.None;
        options.AlwaysShowSegmentRegister = instruction.IsStringInstruction;
        _collector.Text.Clear();
        _formatter.Format(instruction, _collector);
        var text = Adjust(instruction, bytes, _collector.Text.ToString());

        target = null;
        if (instruction.Op0Kind == OpKind.NearBranch64)
            target = instruction.NearBranchTarget;
        else if (instruction.IsIPRelativeMemoryOperand)
        {
            target = instruction.IPRelativeMemoryAddress;
            text += $"        # 0x{target:x}";
        }
        return text;
    }

    private static string Adjust(in Instruction instruction, ReadOnlySpan<byte> bytes, string text)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Push or Mnemonic.Pop when text.StartsWith("pushq ", StringComparison.Ordinal)
                || text.StartsWith("popq ", StringComparison.Ordinal):
                return WithoutSuffix(text);
            case Mnemonic.In or Mnemonic.Out or Mnemonic.Insb or Mnemonic.Insw or Mnemonic.Insd or Mnemonic.Outsb
                or Mnemonic.Outsw or Mnemonic.Outsd:
                return text.Replace("%dx", "(%dx)", StringComparison.Ordinal);
            case Mnemonic.Imul when instruction.OpCount == 3 && instruction.Op1Kind == OpKind.Register
                && instruction.Op0Register == instruction.Op1Register:
                // Iced leaves the source out where it is the target too.
                return text + text[text.LastIndexOf(',')..];
            case Mnemonic.Shl or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr
                when instruction.Code.ToOpCode().Op1Kind == OpCodeOperandKind.imm8_const_1:
                return text.Replace("$0x1,", "$1,", StringComparison.Ordinal);
        }
        if (text.StartsWith("rep", StringComparison.Ordinal))
            text = text.Replace("repe ", "repz ", StringComparison.Ordinal).Replace("repne ", "repnz ", StringComparison.Ordinal);
        return WithPaddingPrefixes(text, bytes);
    }

    private static string WithoutSuffix(string text)
    {
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return $"{text[..(end - 1)].PadRight(OperandColumn)}{text[end..].TrimStart()}";
    }

    // Long nops and padded instructions repeat prefixes that change nothing:
    // a segment in 64-bit code, all operand-size ones but the last.
    private static string WithPaddingPrefixes(string text, ReadOnlySpan<byte> bytes)
    {
        var prefixes = "";
        var sizes = 0;
        foreach (var prefix in bytes)
        {
            if (prefix == CodeSegmentPrefix)
                prefixes += "cs ";
            else if (prefix == OperandSizePrefix && sizes++ > 0)
                prefixes = "data16 " + prefixes;
            else if (prefix != OperandSizePrefix)
                break;
        }
        if (prefixes.Length == 0)
            return text;
        var rest = text.StartsWith("cs ", StringComparison.Ordinal)
            ? text[3..]
            : text.Replace("%cs:", "", StringComparison.Ordinal);
        var end = rest.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? prefixes + rest : $"{(prefixes + rest[..end]).PadRight(OperandColumn - 1)} {rest[end..].TrimStart()}";
    }

    private sealed class Collector : FormatterOutput
    {
        public StringBuilder Text { get; } = new();

        public override void Write(string text, FormatterTextKind kind) => Text.Append(text);
    }
}
