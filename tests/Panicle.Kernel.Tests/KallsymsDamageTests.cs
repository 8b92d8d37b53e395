using Panicle.Dumps;
using Panicle.Symbols.Kallsyms;

namespace Panicle.Kernel.Tests;

public class KallsymsDamageTests
{
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void A_lost_page_of_names_costs_the_names_around_it(string name)
    {
        var kernel = Samples.Named(name);
        var names = kernel.Info.Symbol("kallsyms_names")!.Value;
        var whole = Open(kernel, kernel.Memory);
        var damaged = Open(kernel, new Torn(kernel.Memory, (names + 0x40000) & ~0xfffUL));

        Assert.False(whole.IsIncomplete);
        Assert.True(damaged.IsIncomplete);
        var all = whole.All().ToHashSet();
        var left = damaged.All().ToList();
        Assert.InRange(all.Count - left.Count, 256, 4 * 256);
        Assert.All(left, symbol => Assert.Contains(symbol, all));
        Assert.True(damaged.TryFind("init_task", out var symbol));
        Assert.Equal(kernel.SymbolAddress("init_task"), symbol.Address);
    }

    private static KallsymsTable Open(KernelDump kernel, IMemory memory)
    {
        var table = KallsymsTable.TryOpen(memory, kernel.Info, kernel.Memory.ImageRange, Limits.Default, out var why);
        Assert.True(table is not null, why);
        return table;
    }

    /// <summary>Memory that lacks one page.</summary>
    private sealed class Torn(IMemory memory, ulong page) : IMemory
    {
        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = new MemoryFault(PageState.Damaged, page);
            return (address >= page + 4096 || address + (ulong)buffer.Length <= page)
                && memory.TryRead(address, buffer, out fault);
        }
    }
}
