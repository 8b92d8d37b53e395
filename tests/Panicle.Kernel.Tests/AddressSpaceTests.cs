using Panicle.Dumps;

namespace Panicle.Kernel.Tests;

public class AddressSpaceTests
{
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void Page_tables_agree_with_the_linear_ranges(string name)
    {
        var kernel = Samples.Named(name);
        ulong[] addresses =
        [
            kernel.SymbolAddress("_stext"), kernel.SymbolAddress("init_task"), // in the kernel image
            kernel.Tasks.All[^1].Address, kernel.Memory.DirectMapBase + 0x100_0000, // in the direct map
        ];
        foreach (var address in addresses)
        {
            Assert.True(kernel.Memory.TryPhysical(address, out var linear));
            Assert.True(kernel.Memory.TryTranslate(address, withSteps: true, out var walked, out _));
            Assert.Equal(linear, walked.Physical);
        }
    }

    [Theory]
    [InlineData("null-deref", 4)]
    [InlineData("sysrq", 5)]
    public void A_module_lies_behind_all_levels(string name, int levels)
    {
        var kernel = Samples.Named(name);
        var text = kernel.Modules.All[0].Base;
        Assert.True(kernel.Memory.TryTranslate(text, withSteps: true, out var translation, out _));
        Assert.Equal(4096UL, translation.PageSize);
        Assert.Equal(levels, translation.Steps.Count);
        Assert.Equal(["PGD", .. levels == 5 ? ["P4D"] : Array.Empty<string>(), "PUD", "PMD", "PTE"],
            translation.Steps.Select(step => step.Level));
    }

    [Theory]
    [InlineData(0x0UL)]
    [InlineData(0x1234_5678_90ab_cd00UL)]
    [InlineData(0x6b6b_6b6b_6b6b_6b6bUL)]
    [InlineData(0xffff_ffff_ffff_f000UL)]
    public void What_is_not_mapped_says_so(ulong address)
    {
        Assert.False(Samples.NullDeref.Memory.TryRead(address, new byte[8], out var fault));
        Assert.Equal(PageState.Unmapped, fault.State);
        Assert.Equal(address, fault.Address);
    }

    [Fact]
    public void A_read_that_fails_half_way_names_the_first_address_that_is_missing()
    {
        var memory = Samples.NullDeref.Memory;
        var range = Samples.NullDeref.Dump.PresentRanges()
            .First(range => Samples.NullDeref.Dump.StateOf(range.End) == PageState.Excluded);
        var start = memory.DirectMapBase + range.End - 8;
        Assert.False(memory.TryRead(start, new byte[16], out var fault));
        Assert.Equal(PageState.Excluded, fault.State);
        Assert.Equal(start + 8, fault.Address);
    }
}
