using Panicle.Formats.Instructions;

namespace Panicle.Kernel.Tests;

/// <summary>
/// Text as objdump (binutils 2.40) and crash 9.0.2 print it for the same bytes, all met in the kernels of the lab.
/// </summary>
public sealed class DisassemblyTests
{
    [Theory]
    [InlineData("0f1f440000", "nopl   0x0(%rax,%rax,1)")]
    [InlineData("66662e0f1f840000000000", "data16 cs nopw 0x0(%rax,%rax,1)")]
    [InlineData("2e0f1f840000000000", "cs nopl 0x0(%rax,%rax,1)")]
    [InlineData("6666666690", "data16 data16 data16 xchg %ax,%ax")]
    [InlineData("2e2e2e31c0", "cs cs cs xor %eax,%eax")]
    [InlineData("f348ab", "rep stos %rax,%es:(%rdi)")]
    [InlineData("f3a6", "repz cmpsb %es:(%rdi),%ds:(%rsi)")]
    [InlineData("49d1ec", "shr    $1,%r12")]
    [InlineData("4d69ede8030000", "imul   $0x3e8,%r13,%r13")]
    [InlineData("ff7538", "push   0x38(%rbp)")]
    [InlineData("8d0412", "lea    (%rdx,%rdx,1),%eax")]
    [InlineData("f0804d0008", "lock orb $0x8,0x0(%rbp)")]
    [InlineData("6e", "outsb  %ds:(%rsi),(%dx)")]
    [InlineData("0f0b", "ud2")]
    [InlineData("f30f1efa", "endbr64")]
    [InlineData("654c8b3c2528000000", "mov    %gs:0x28,%r15")]
    public void An_instruction_is_written_as_binutils_does(string bytes, string text)
    {
        var kernel = Samples.NullDeref;
        var instruction = Assert.Single(Decode(kernel, bytes));
        Assert.Equal(text, instruction.Text);
        Assert.Equal(bytes.Length / 2, instruction.Length);
    }

    [Fact]
    public void Targets_are_absolute()
    {
        var kernel = Samples.NullDeref;
        var call = Assert.Single(Decode(kernel, "e8fb000000"));
        Assert.Equal(("call   0xffffffff81000100", 0xffffffff81000100), (call.Text, call.Target!.Value));
        var load = Assert.Single(Decode(kernel, "488b05f9ffffff"));
        Assert.Equal(("mov    -0x7(%rip),%rax        # 0xffffffff81000000", 0xffffffff81000000), (load.Text, load.Target!.Value));
    }

    [Fact]
    public void What_is_no_instruction_is_one_bad_byte_and_a_cut_one_is_left_out()
    {
        var kernel = Samples.NullDeref;
        var decoded = Decode(kernel, "06c3e800");
        Assert.Equal(["(bad)", "ret"], decoded.Select(instruction => instruction.Text));
        Assert.True(decoded[0].IsBad);
    }

    [Fact]
    public void Around_an_address_the_instructions_meet_it()
    {
        var kernel = Samples.NullDeref;
        kernel.Symbols.TryFind("panic", out var panic);
        var whole = kernel.Code.Function(panic).Instructions;
        for (var i = 0; i < whole.Count; i += 7)
        {
            var listing = kernel.Code.Around(whole[i].Address, 5, 3);
            Assert.Null(listing.WhyNotWhole);
            var expected = whole.Skip(Math.Max(0, i - 5)).Take(Math.Min(5, i) + 4).Select(instruction => instruction.Address);
            Assert.Equal(expected, listing.Instructions.Select(instruction => instruction.Address));
        }
    }

    [Fact]
    public void An_address_within_an_instruction_is_told()
    {
        var kernel = Samples.NullDeref;
        kernel.Symbols.TryFind("sysrq_handle_crash", out var function);
        var listing = kernel.Code.Around(function.Address + 7, 2, 2);
        Assert.Contains("no instruction of the function starts at", listing.WhyNotWhole);
        Assert.Contains(listing.Instructions, instruction => instruction.Address == function.Address + 7);
    }

    private static List<Instruction> Decode(KernelDump kernel, string bytes) =>
        [.. kernel.Architecture.Processor.Disassembler.Decode(Convert.FromHexString(bytes), 0xffffffff81000000)];
}
