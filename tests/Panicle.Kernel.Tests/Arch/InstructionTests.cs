using Panicle.Formats.Instructions;
using Panicle.Kernel.Arch;

namespace Panicle.Kernel.Tests.Arch;

/// <summary>What x86 instructions do, as those see it who know no architecture.</summary>
public class InstructionTests
{
    private const ulong Address = 0xffffffff81000000;

    private static readonly Processor X86 = Architectures.ProcessorOf("x86-64")!;

    [Fact]
    public void A_load_tells_its_registers_and_its_memory()
    {
        var effect = Analyze("488b4718"); // mov 0x18(%rdi),%rax
        var memory = new MemoryOperand("rdi", null, 1, 0x18, 8) { IsRead = true };
        Assert.Equal(InstructionFlow.Next, effect.Flow);
        Assert.Equal(["rax"], effect.Written);
        Assert.Equal([memory], effect.Accesses);
        Assert.Equal(new RegisterMove("rax", 8, null, memory), effect.Move);
        Assert.Equal(0x1018UL, memory.AddressIn(name => name == "rdi" ? 0x1000UL : null));
        Assert.Null(memory.AddressIn(_ => null));
    }

    [Fact]
    public void A_copy_tells_both_registers()
    {
        var effect = Analyze("4889f3"); // mov %rsi,%rbx
        Assert.Equal(new RegisterMove("rbx", 8, "rsi", null), effect.Move);
        Assert.Empty(effect.Accesses);
        Assert.Equal("esi", Analyze("89f3").Move?.Source);
        Assert.Equal(["rbx"], Analyze("89f3").Written);
    }

    [Fact]
    public void An_element_of_an_array_has_an_index()
    {
        var memory = Assert.Single(Analyze("42894cf710").Accesses); // mov %ecx,0x10(%rdi,%r14,8)
        Assert.Equal(new MemoryOperand("rdi", "r14", 8, 0x10, 4) { IsWritten = true }, memory);
        Assert.Equal(0x1020UL, memory.AddressIn(name => name == "rdi" ? 0x1000UL : 2));
    }

    [Fact]
    public void What_is_added_unseen_makes_an_address_unknown()
    {
        var memory = Assert.Single(Analyze("65488b042528000000").Accesses); // mov %gs:0x28,%rax
        Assert.Equal("%gs:", memory.Prefix);
        Assert.Null(memory.AddressIn(_ => 0));
    }

    [Fact]
    public void An_instruction_relative_place_is_a_whole_address()
    {
        var load = Analyze("488b0510000000").Move?.Load; // mov 0x10(%rip),%rax
        Assert.True(load is { IsInstructionRelative: true, Base: null });
        Assert.Equal(Address + 7 + 0x10, load.AddressIn(_ => null));
    }

    [Fact]
    public void What_changes_memory_in_place_reads_and_writes_it()
    {
        var memory = Assert.Single(Analyze("f0480fc107").Accesses); // lock xadd %rax,(%rdi)
        Assert.True(memory is { IsRead: true, IsWritten: true });
        Assert.Null(Analyze("f0480fc107").Move);
    }

    [Theory]
    [InlineData("7405", InstructionFlow.Branch, 7)] // je
    [InlineData("eb05", InstructionFlow.Jump, 7)] // jmp
    [InlineData("e800010000", InstructionFlow.Call, 0x105)] // call
    [InlineData("ffd0", InstructionFlow.Call, null)] // call *%rax
    [InlineData("ffe0", InstructionFlow.Elsewhere, null)] // jmp *%rax
    [InlineData("c3", InstructionFlow.Elsewhere, null)] // ret
    [InlineData("0f0b", InstructionFlow.Elsewhere, null)] // ud2
    [InlineData("90", InstructionFlow.Next, null)] // nop
    public void Where_the_processor_goes_on_is_told(string bytes, InstructionFlow flow, int? distance)
    {
        var effect = Analyze(bytes);
        Assert.Equal(flow, effect.Flow);
        Assert.Equal(distance is null ? null : Address + (ulong)distance, effect.Target);
    }

    [Fact]
    public void Bytes_that_are_no_instruction_do_nothing()
    {
        Assert.Null(X86.Instructions.Analyze([0x06], Address));
        Assert.Null(X86.Instructions.Analyze([0x48], Address));
        Assert.Null(X86.Instructions.Analyze([], Address));
    }

    [Fact]
    public void A_part_of_a_register_leads_to_the_whole()
    {
        Assert.Equal("rsi", X86.Instructions.WholeRegister("esi"));
        Assert.Equal("rax", X86.Instructions.WholeRegister("al"));
        Assert.Equal("r8", X86.Instructions.WholeRegister("r8d"));
        Assert.Null(X86.Instructions.WholeRegister("xmm0"));
        Assert.Null(X86.Instructions.WholeRegister("no register"));
    }

    private static InstructionEffect Analyze(string bytes)
    {
        var effect = X86.Instructions.Analyze(Convert.FromHexString(bytes), Address);
        Assert.NotNull(effect);
        return effect;
    }
}
