using Iced.Intel;
using Panicle.Formats.Instructions;
using Instruction = Panicle.Formats.Instructions.Instruction;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>x86-64 code (or x86-32, by its bits) in AT&amp;T syntax, as objdump and gdb (and so crash) write it.</summary>
internal sealed class X86Disassembler(int bits) : Disassembler
{
    public override int MaxLength => 15;

    public override IEnumerable<Instruction> Decode(ReadOnlyMemory<byte> code, ulong address)
    {
        // Decoder and formatter keep state: each listing has its own.
        var reader = new MemoryCodeReader(code);
        var decoder = Decoder.Create(bits, reader, address);
        var syntax = new X86GnuSyntax();
        for (var at = 0; at < code.Length;)
        {
            reader.Position = at;
            decoder.IP = address + (ulong)at;
            decoder.Decode(out var decoded);
            if (decoded.IsInvalid && decoder.LastError == DecoderError.NoMoreBytes)
                yield break;
            var length = decoded.IsInvalid ? 1 : decoded.Length;
            var bytes = code.Slice(at, length);
            yield return decoded.IsInvalid
                ? new Instruction(address + (ulong)at, bytes, "(bad)", null) { IsBad = true }
                : new Instruction(address + (ulong)at, bytes, syntax.Format(decoded, bytes.Span, out var target), target)
                {
                    IsFollowed = decoded.FlowControl is FlowControl.Next or FlowControl.ConditionalBranch
                        && decoded.Mnemonic is not (Mnemonic.Nop or Mnemonic.Hlt),
                };
            at += length;
        }
    }

    private sealed class MemoryCodeReader(ReadOnlyMemory<byte> code) : Iced.Intel.CodeReader
    {
        public int Position { get; set; }

        public override int ReadByte() => Position < code.Length ? code.Span[Position++] : -1;
    }
}
