using Panicle.Dumps;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests.Arch;

/// <summary>Values of machines with another byte order and word size than those that dumps are of today.</summary>
public class OtherMachineTests
{
    private static readonly TypeCatalog Types = Samples.NullDeref.Types;

    [Fact]
    public void Numbers_are_read_in_the_machines_byte_order()
    {
        var context = Context(new WordFormat(IsBigEndian: true, 8), [0x80, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal(0x8002030405060708, KernelValue.At(context, Types.Parse("unsigned long")!, 0).ToUInt64());
        Assert.Equal(unchecked((int)0x80020304), KernelValue.At(context, Types.Parse("int")!, 0).ToInt64());
        Assert.Equal(0x8002UL, KernelValue.At(context, Types.Parse("unsigned short")!, 0).ToUInt64());
        Assert.Equal(0x8002030405060708, context.Memory.ReadUInt64(0));
        Assert.Equal(0x80020304, context.Memory.ReadUInt32(0));
    }

    /// <summary>
    /// Bits are counted from the end at which a number begins in memory: the highest bit of the first byte is bit 0.
    /// </summary>
    [Fact]
    public void Bit_fields_begin_at_the_first_byte()
    {
        var structure = Types.Parse("struct task_struct")!;
        Assert.True(structure.TryFindMember("sched_remote_wakeup", out var member) && member.BitSize == 1);
        var shift = (int)(member.BitOffset % 8);
        foreach (var isBigEndian in (bool[])[false, true])
        {
            var bytes = new byte[structure.Size];
            bytes[member.BitOffset / 8] = (byte)(isBigEndian ? 0x80 >> shift : 1 << shift);
            var task = KernelValue.At(Context(new WordFormat(isBigEndian, 8), bytes), structure, 0);
            Assert.Equal(1UL, task["sched_remote_wakeup"].ToUInt64());
        }
    }

    [Fact]
    public void Lists_are_walked_by_pointers_of_the_machines_size()
    {
        // A head at 0 and two entries, at 8 and 16: each with next and previous.
        byte[] bytes = [0, 0, 0, 8, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8];
        var context = Context(new WordFormat(IsBigEndian: true, 4), bytes);
        Assert.Equal([8UL, 16UL], KernelLists.Nodes(context, 0));
        Assert.Equal([16UL, 8UL], KernelLists.Nodes(context, 0, backwards: true));
    }

    private static ValueContext Context(WordFormat words, byte[] bytes) => new(new Block(words, bytes), Types, Limits.Default);

    private sealed class Block(WordFormat words, byte[] bytes) : IMemory
    {
        public WordFormat Words => words;

        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = new MemoryFault(PageState.Unmapped, address);
            if (address > (ulong)bytes.Length || (ulong)buffer.Length > (ulong)bytes.Length - address)
                return false;
            bytes.AsSpan((int)address, buffer.Length).CopyTo(buffer);
            return true;
        }
    }
}
