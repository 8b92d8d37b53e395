using System.Buffers.Binary;
using Panicle.Dumps;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests;

/// <summary>Damaged lists: there is no real dump that has each kind of damage, so these lists are written by hand.</summary>
public class KernelListsTests
{
    [Fact]
    public void A_sound_list_yields_its_nodes_both_ways()
    {
        var losses = new Losses();
        var memory = new Words
        {
            [0x1000] = 0x1010,
            [0x1008] = 0x1020,
            [0x1010] = 0x1020,
            [0x1018] = 0x1000,
            [0x1020] = 0x1000,
            [0x1028] = 0x1010
        };
        Assert.Equal([0x1010UL, 0x1020UL], KernelLists.Nodes(memory.Context, 0x1000, losses));
        Assert.Equal([0x1020UL, 0x1010UL], KernelLists.Nodes(memory.Context, 0x1000, losses, backwards: true));
        Assert.Empty(losses);
    }

    [Fact]
    public void A_list_that_runs_in_a_circle_ends_and_says_so()
    {
        var losses = new Losses();
        var memory = new Words { [0x1000] = 0x1010, [0x1010] = 0x1020, [0x1020] = 0x1030, [0x1030] = 0x1010 };
        Assert.InRange(KernelLists.Nodes(memory.Context, 0x1000, losses).Count(), 3, 12);
        Assert.Contains("circle", Assert.Single(losses).ToString());
    }

    [Fact]
    public void A_list_that_leads_out_of_memory_ends_and_says_where()
    {
        var losses = new Losses();
        var memory = new Words { [0x1000] = 0x1010, [0x1010] = 0xdead0000 };
        Assert.Equal([0x1010UL, 0xdead0000UL], KernelLists.Nodes(memory.Context, 0x1000, losses));
        Assert.Contains("0xdead0000", Assert.Single(losses).ToString());
    }

    [Fact]
    public void A_list_without_end_is_cut_at_the_limit()
    {
        var losses = new Losses();
        var memory = new Endless();
        var context = new ValueContext(memory, new TypeCatalog(), Limits.Default with { MaxElements = 1000 });
        Assert.Equal(1000, KernelLists.Nodes(context, 0, losses).Count());
        Assert.Contains("cut at 1000", Assert.Single(losses).ToString());
    }

    private sealed class Words : Dictionary<ulong, ulong>, IMemory
    {
        public ValueContext Context => new(this, new TypeCatalog(), Limits.Default);

        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = new MemoryFault(PageState.Unmapped, address);
            if (!TryGetValue(address, out var word) || buffer.Length != 8)
                return false;
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, word);
            return true;
        }
    }

    private sealed class Endless : IMemory
    {
        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = default;
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, address + 0x10);
            return true;
        }
    }
}
