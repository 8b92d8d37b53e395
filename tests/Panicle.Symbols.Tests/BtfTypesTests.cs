using System.Buffers.Binary;
using Panicle.Symbols.Btf;

namespace Panicle.Symbols.Tests;

public class BtfTypesTests
{
    private static readonly BtfTypes Types = TestData.Open(TestData.Shapes);

    [Theory]
    [InlineData("list", 0, 0)]
    [InlineData("flags", 128, 3)]
    [InlineData("mode", 131, 5)]
    [InlineData("sign", 136, 2)]
    [InlineData("first", 24 * 8, 0)]
    [InlineData("second.bytes[2]", (32 + 2) * 8, 0)]
    [InlineData("text", 24 * 8, 0)]
    [InlineData("count.counter", 40 * 8, 0)]
    [InlineData("color", 44 * 8, 0)]
    [InlineData("buckets[2].prev", (48 + 40) * 8, 0)]
    [InlineData("named[1].b", (112 + 24) * 8, 0)]
    [InlineData("ops", 144 * 8, 0)]
    [InlineData("real", 168 * 8, 0)]
    [InlineData("tail", 200 * 8, 0)]
    public void Members_lie_where_the_compiler_put_them(string path, int bitOffset, int bitSize)
    {
        var shapes = Types.Find(TypeKind.Struct, "shapes")!;

        Assert.True(shapes.TryFindMember(path, out var member));
        Assert.Equal(((ulong)bitOffset, (uint)bitSize), (member.BitOffset, member.BitSize));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("list.nothing")]
    [InlineData("list[0]")]
    [InlineData("ops.open")]
    [InlineData("buckets[")]
    [InlineData("buckets[x]")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("list..next")]
    public void What_is_no_member_is_not_found(string path) =>
        Assert.False(Types.Find(TypeKind.Struct, "shapes")!.TryFindMember(path, out _));

    [Fact]
    public void Sizes_are_the_compilers()
    {
        Assert.Equal(200UL, Types.Find(TypeKind.Struct, "shapes")!.Size);
        Assert.Equal(4UL, Types.Find(TypeKind.Typedef, "atomic_t")!.Size);
        Assert.Equal(64UL, Member("buckets").Type.Size);
        Assert.Equal(8UL, Member("ops").Type.Size);
        Assert.Equal(24UL, Member("grid").Type.Size);
        Assert.Equal(8UL, Types.Find(TypeKind.Enum, "wide")!.Size);
        Assert.Equal(0UL, Types.Find(TypeKind.Struct, "opaque")!.Size);
    }

    [Fact]
    public void Integers_know_what_they_are()
    {
        Assert.True(Types.Find(TypeKind.Int, "int")!.IsSigned);
        Assert.False(Types.Find(TypeKind.Int, "unsigned int")!.IsSigned);
        Assert.True(Types.Find(TypeKind.Int, "char")!.IsChar);
        Assert.True(Types.Find(TypeKind.Int, "unsigned char")!.IsChar);
        Assert.True(Types.Find(TypeKind.Typedef, "bool")!.Strip().IsBool);
        Assert.Equal(TypeKind.Float, Member("real").Type.Kind);
    }

    [Fact]
    public void Enums_have_their_values()
    {
        Assert.Equal(5, Types.FindEnumerator("GREEN"));
        Assert.Equal(6, Types.FindEnumerator("BLUE"));
        Assert.Equal(-3, Types.FindEnumerator("BELOW"));
        Assert.Equal(0x123456789abcdef, Types.FindEnumerator("HUGE_VALUE"));
        Assert.Null(Types.FindEnumerator("PURPLE"));
        Assert.True(Types.Find(TypeKind.Enum, "signs")!.IsSigned);
        Assert.False(Types.Find(TypeKind.Enum, "color")!.IsSigned);
    }

    [Fact]
    public void Functions_have_their_prototypes()
    {
        var open = Types.FindSymbolType("shapes_open")!;

        Assert.Equal(TypeKind.Function, open.Kind);
        Assert.Equal(["shapes", "how"], open.Parameters.Select(p => p.Name));
        Assert.Equal("int (struct shapes *, u32)", open.DisplayName());
        Assert.Null(Types.FindSymbolType("shapes"));
    }

    [Theory]
    [InlineData("ops", "const struct operations *")]
    [InlineData("text", "char [16]")]
    [InlineData("list", "struct list_head")]
    [InlineData("color", "enum color")]
    [InlineData("hidden", "struct opaque *")]
    [InlineData("tail", "char []")]
    public void Types_are_shown_as_C_has_them(string member, string expected) =>
        Assert.Equal(expected, Member(member).Type.DisplayName());

    [Theory]
    [InlineData("open", "int (*open)(struct list_head *, const char *, ...)")]
    [InlineData("close", "void (*close)(void)")]
    [InlineData("names", "const char * const *names")]
    [InlineData("state", "volatile int state")]
    public void Declarations_are_written_inside_out(string member, string expected)
    {
        Assert.True(Types.Find(TypeKind.Struct, "operations")!.TryFindMember(member, out var found));
        Assert.Equal(expected.Replace("* const *", "*const *", StringComparison.Ordinal), found.Type.Declare(member));
    }

    [Fact]
    public void A_module_continues_the_kernels_numbers_and_strings()
    {
        var module = BtfTypes.TryOpenSplit(Types, TestData.ShapesModule, "shapes_module", Limits.Default, out var why);
        Assert.True(module is not null, why);

        Assert.Equal("BTF of shapes_module", module.Origin.ToString());
        var only = module.Find(TypeKind.Struct, "module_only")!;
        Assert.Equal(["opaque", "id"], only.Members.Select(m => m.Name));
        Assert.Equal("struct opaque *", only.Members[0].Type.DisplayName());
        Assert.True(only.Members[0].Type.Target!.TryFindMember("list.prev", out var prev));
        Assert.Equal(8UL, prev.Offset);
        Assert.Equal("unsigned int", only.Members[1].Type.DisplayName());
        Assert.Equal("int (struct module_only *)", module.FindSymbolType("module_function")!.DisplayName());
        Assert.Null(module.Find(TypeKind.Struct, "shapes"));
    }

    [Fact]
    public void A_kind_from_the_future_is_skipped_where_the_data_says_how_long_it_is()
    {
        var future = WithFutureKind(withLayout: true);
        Assert.Equal("late", TestData.Open(future).Find(TypeKind.Int, "late")!.Name);

        var untold = TestData.Open(WithFutureKind(withLayout: false));
        Assert.Null(untold.Find(TypeKind.Int, "late"));
        Assert.Contains("breaks off", untold.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_pages_cost_only_a_part()
    {
        var data = TestData.Shapes;
        const ulong address = 0xffffffff82000ff0;
        var section = new AddressRange(address, address + (ulong)data.Length);

        var whole = BtfTypes.TryOpen(new FakeMemory().Add(address, data), section, Limits.Default, out _);
        Assert.Equal(Types.Count, whole!.Count);

        Assert.Null(BtfTypes.TryOpen(new FakeMemory().Add(address, data).Lose(address), section, Limits.Default, out var why));
        Assert.Contains("excluded", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Cycles_end()
    {
        // Type 1: const → 2; type 2: typedef → 1; type 3: array of 3.
        byte[] data =
        [
            .. Header(12 + 12 + 24, 3),
            .. Record(0, 10, 0, 2),
            .. Record(1, 8, 0, 1),
            .. Record(0, 3, 0, 0),
            .. Words(3, 3, 4),
            0,
            (byte)'a',
            0,
        ];
        var types = TestData.Open(data);
        var cycle = types.Find(TypeKind.Typedef, "a")!;

        Assert.Equal(0UL, cycle.Size);
        _ = cycle.Strip();
        Assert.NotEmpty(cycle.DisplayName());
        Assert.False(cycle.TryFindMember("x", out _));
        _ = TypePrinter.Lines(cycle).Count();
    }

    [Fact]
    public void A_structure_that_holds_itself_twice_without_a_name_ends_too()
    {
        byte[] data = [.. Header(12 + 24, 3), .. Record(1, 4, 2, 8), .. Words(0, 1, 0, 0, 1, 0), 0, (byte)'a', 0];
        var type = TestData.Open(data).Find(TypeKind.Struct, "a")!;

        Assert.False(type.TryFindMember("x", out _));
        Assert.InRange(TypePrinter.Lines(type).Count(), 1, 400_000);
    }

    [Fact]
    public void Damaged_data_never_throws_and_never_hangs()
    {
        var random = new Random(42);
        for (var round = 0; round < 1500; round++)
        {
            var data = TestData.Shapes;
            for (var flips = random.Next(1, 12); flips > 0; flips--)
                data[random.Next(data.Length)] = (byte)random.Next(256);
            if (round % 5 == 0)
                data = data[..random.Next(data.Length)];
            Use(BtfTypes.TryOpen(data, Limits.Default, out _));
            if (round % 3 == 0)
                Use(BtfTypes.TryOpenSplit(Types, data, "damaged", Limits.Default, out _));
        }
    }

    private static void Use(BtfTypes? types)
    {
        if (types is null)
            return;
        foreach (var kind in Enum.GetValues<TypeKind>())
            foreach (var type in types.All(kind).Take(60))
            {
                _ = type.Size + type.Count;
                _ = type.IsSigned | type.IsChar | type.IsBool;
                _ = type.DisplayName();
                _ = type.TryFindMember("list.next", out _);
                _ = TypePrinter.Lines(type).Take(2000).Count();
            }
        _ = types.Find(TypeKind.Struct, "shapes");
        _ = types.FindSymbolType("shapes_open");
        _ = types.FindEnumerator("GREEN");
    }

    private static MemberPath Member(string name)
    {
        Assert.True(Types.Find(TypeKind.Struct, "shapes")!.TryFindMember(name, out var member));
        return member;
    }

    private static byte[] WithFutureKind(bool withLayout)
    {
        const int future = 21;
        byte[] types =
        [
            .. Record(1, 8, 0, 0),
            .. Record(0, future, 2, 0),
            .. Words(7, 8, 9),
            .. Record(1, 1, 0, 4),
            .. Words(32),
        ];
        byte[] strings = [0, .. "late"u8, 0, 0, 0];
        // Each kind's extra bytes: four, and four for each element.
        var layout = new byte[(future + 1) * 4];
        layout[future * 4] = 4;
        layout[(future * 4) + 1] = 4;
        return withLayout
            ? [.. Words(0x0001eb9f, 32, 0, (uint)types.Length, (uint)types.Length, 8, (uint)types.Length + 8,
                (uint)layout.Length), .. types, .. strings, .. layout]
            : [.. Header(types.Length, 8), .. types, .. strings];
    }

    private static byte[] Header(int types, int strings) => Words(0x0001eb9f, 24, 0, (uint)types, (uint)types, (uint)strings);

    private static byte[] Record(uint name, int kind, int count, uint sizeOrType) =>
        Words(name, ((uint)kind << 24) | (uint)count, sizeOrType);

    private static byte[] Words(params uint[] words)
    {
        var bytes = new byte[words.Length * 4];
        for (var i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        return bytes;
    }
}
