using System.Buffers.Binary;
using Panicle.Symbols.Orc;

namespace Panicle.Symbols.Tests;

public class OrcTableTests
{
    private const ulong IpsAt = 0xffffffff83000004;
    private const ulong EntriesAt = 0xffffffff83100002;
    private const ulong CodeAt = 0xffffffff81000000;
    private const int Count = 3000;

    // sp_reg of rsp, its "previous sp" for bp_reg, and the number of a call frame, for each layout.
    private static readonly (int Sp, int PreviousSp, int Call)[] Numbers = [(5, 1, 0), (5, 1, 0), (5, 1, 2), (3, 8, 2)];

    public static TheoryData<OrcLayout> Layouts() => new(Enum.GetValues<OrcLayout>());

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_layout_is_told_from_the_entries(OrcLayout layout)
    {
        var found = OrcLayoutDetector.Detect(Memory(layout), EntriesRange, out var why);

        Assert.Null(why);
        Assert.Equal(layout, found);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Each_address_gets_the_last_entry_at_or_below_it(OrcLayout layout)
    {
        var table = Open(Memory(layout), layout);

        Assert.True(table.TryFind(CodeAt + (100 * 16), out var entry));
        Assert.Equal(new OrcEntry(OrcKind.Call, OrcRegister.Sp, 108, OrcRegister.PreviousSp, -16, false), entry);
        Assert.True(table.TryFind(CodeAt + (100 * 16) + 15, out var same));
        Assert.Equal(entry, same);
        Assert.True(table.TryFind(CodeAt + (101 * 16), out var next));
        Assert.Equal(109, next.SpOffset);
        Assert.False(table.TryFind(CodeAt - 1, out _));
        Assert.False(table.TryFind(0, out _));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Frames_of_every_kind_are_told_apart(OrcLayout layout)
    {
        var table = Open(Memory(layout), layout);

        Assert.True(table.TryFind(CodeAt, out var end));
        Assert.Equal(OrcKind.EndOfStack, end.Kind);
        Assert.True(table.TryFind(CodeAt + 16, out var none));
        Assert.Equal((OrcKind.Undefined, OrcRegister.Undefined), (none.Kind, none.SpRegister));
        Assert.True(table.TryFind(CodeAt + 32, out var regs));
        Assert.Equal((OrcKind.Regs, OrcRegister.Sp, true), (regs.Kind, regs.SpRegister, regs.IsSignal));
        Assert.True(table.TryFind(CodeAt + 48, out var partial));
        Assert.Equal((OrcKind.RegsPartial, true), (partial.Kind, partial.IsSignal));
    }

    [Fact]
    public void Of_two_entries_for_one_address_the_last_counts()
    {
        var table = Open(Memory(OrcLayout.TypeEnd, duplicate: 200), OrcLayout.TypeEnd);

        Assert.True(table.TryFind(CodeAt + (200 * 16), out var entry));
        Assert.Equal(209, entry.SpOffset);
    }

    [Fact]
    public void A_lost_page_costs_the_addresses_on_it()
    {
        var table = Open(Memory(OrcLayout.TypeEnd).Lose(EntriesAt + 4096), OrcLayout.TypeEnd);

        Assert.True(table.TryFind(CodeAt + (10 * 16), out _));
        Assert.False(table.TryFind(CodeAt + (800 * 16), out _));
        Assert.True(table.TryFind(CodeAt + (2900 * 16), out _));
    }

    [Fact]
    public void Tables_that_dont_fit_each_other_are_refused()
    {
        var memory = Memory(OrcLayout.TypeEnd);
        Assert.Null(OrcTable.TryOpen(memory, default, default, OrcLayout.TypeEnd, out var why));
        Assert.NotEmpty(why!);
        Assert.Null(OrcTable.TryOpen(memory, new(IpsAt, IpsAt + 8), EntriesRange, OrcLayout.TypeEnd, out why));
        Assert.Contains("disagree", why, StringComparison.Ordinal);
        Assert.Null(OrcTable.TryOpen(memory, new(IpsAt, IpsAt - 8), EntriesRange, OrcLayout.TypeEnd, out _));
        Assert.Null(OrcTable.TryOpen(memory, new(0, ulong.MaxValue), new(0, ulong.MaxValue), OrcLayout.TypeEnd, out _));
    }

    [Fact]
    public void Noise_is_no_layout_and_never_throws()
    {
        var random = new Random(3);
        var ips = new byte[Count * 4];
        var entries = new byte[Count * 6];
        for (var round = 0; round < 50; round++)
        {
            random.NextBytes(ips);
            random.NextBytes(entries);
            var memory = new FakeMemory().Add(IpsAt, ips).Add(EntriesAt, entries);
            Assert.Null(OrcLayoutDetector.Detect(memory, EntriesRange, out var why));
            Assert.NotNull(why);
            foreach (var layout in Enum.GetValues<OrcLayout>())
                for (var i = 0; i < 50; i++)
                    Open(memory, layout).TryFind((ulong)random.NextInt64(), out _);
        }
        Assert.Null(OrcLayoutDetector.Detect(new FakeMemory(), EntriesRange, out _));
    }

    private static AddressRange EntriesRange => new(EntriesAt, EntriesAt + (Count * 6));

    private static OrcTable Open(FakeMemory memory, OrcLayout layout)
    {
        var table = OrcTable.TryOpen(memory, new(IpsAt, IpsAt + (Count * 4)), EntriesRange, layout, out var why);
        Assert.True(table is not null, why);
        return table;
    }

    private static FakeMemory Memory(OrcLayout layout, int duplicate = -1)
    {
        var ips = new byte[Count * 4];
        var entries = new byte[Count * 6];
        for (var i = 0; i < Count; i++)
        {
            var code = CodeAt + (ulong)((i == duplicate + 1 && duplicate >= 0 ? duplicate : i) * 16);
            BinaryPrimitives.WriteInt32LittleEndian(ips.AsSpan(i * 4), (int)(code - (IpsAt + (ulong)(i * 4))));
            var entry = entries.AsSpan(i * 6);
            BinaryPrimitives.WriteInt16LittleEndian(entry, (short)(8 + i));
            BinaryPrimitives.WriteInt16LittleEndian(entry[2..], -16);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)Bits(layout, i));
        }
        return new FakeMemory().Add(IpsAt, ips).Add(EntriesAt, entries);
    }

    private static int Bits(OrcLayout layout, int index)
    {
        var (sp, previousSp, call) = Numbers[(int)layout];
        var isWide = layout >= OrcLayout.WideType;
        var signal = isWide ? 8 : layout == OrcLayout.TypeSignalEnd ? 4 : 0;
        var end = layout == OrcLayout.TypeSignalEnd ? 8 : 4;
        return index switch
        {
            0 => isWide ? 1 << 8 : end << 8,
            1 => 0,
            2 => sp | ((signal | (isWide ? 3 : 1)) << 8),
            3 => sp | ((signal | (isWide ? 4 : 2)) << 8),
            _ => sp | (previousSp << 4) | (call << 8),
        };
    }
}
