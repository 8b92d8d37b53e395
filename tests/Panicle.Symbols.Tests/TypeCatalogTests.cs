using Panicle.Symbols.Btf;

namespace Panicle.Symbols.Tests;

public class TypeCatalogTests
{
    private static readonly BtfTypes Kernel = TestData.Open(TestData.Shapes);
    private static readonly TypeCatalog Catalog = new(
        Kernel, () => [BtfTypes.TryOpenSplit(Kernel, TestData.ShapesModule, "shapes_module", Limits.Default, out _)!]);

    [Theory]
    [InlineData("struct shapes", "struct shapes", 200)]
    [InlineData("shapes", "struct shapes", 200)]
    [InlineData("struct list_head *", "struct list_head *", 8)]
    [InlineData("struct list_head**", "struct list_head **", 8)]
    [InlineData("const struct list_head *const", "struct list_head *", 8)]
    [InlineData("unsigned long", "unsigned long", 8)]
    [InlineData("long unsigned int", "unsigned long", 8)]
    [InlineData("unsigned", "unsigned int", 4)]
    [InlineData("long long", "long long", 8)]
    [InlineData("unsigned char", "unsigned char", 1)]
    [InlineData("u64", "u64", 8)]
    [InlineData("char[16]", "char [16]", 16)]
    [InlineData("char *[0x10]", "char *[16]", 128)]
    [InlineData("int[2][3]", "int [2][3]", 24)]
    [InlineData("void *", "void *", 8)]
    [InlineData("enum color", "enum color", 4)]
    [InlineData("union word", "union word", 4)]
    [InlineData("atomic_t", "atomic_t", 4)]
    [InlineData("bool", "bool", 1)]
    [InlineData("struct module_only", "struct module_only", 16)]
    public void Types_are_read_as_people_write_them(string text, string display, int size)
    {
        var type = Catalog.Parse(text);

        Assert.NotNull(type);
        Assert.Equal((display, (ulong)size), (type.DisplayName(), type.Size));
    }

    [Theory]
    [InlineData("")]
    [InlineData("struct")]
    [InlineData("struct nothing")]
    [InlineData("nothing")]
    [InlineData("int[")]
    [InlineData("int[x]")]
    [InlineData("int x")]
    [InlineData("unsigned signed int")]
    [InlineData("long char")]
    [InlineData("*")]
    [InlineData("struct shapes * [2] *")]
    public void What_is_no_type_is_none(string text) => Assert.Null(Catalog.Parse(text));

    [Fact]
    public void Cs_own_types_are_known_without_any_source()
    {
        var empty = new TypeCatalog();

        Assert.Equal(8UL, empty.Parse("unsigned long")!.Size);
        Assert.Equal(2UL, empty.Parse("short int")!.Size);
        Assert.Equal(8UL, empty.Parse("void *")!.Size);
        Assert.Null(empty.Parse("struct task_struct"));
    }

    [Fact]
    public void A_definition_in_a_module_completes_the_kernels_declaration()
    {
        var declared = Kernel.Find(TypeKind.Struct, "opaque")!;

        Assert.Equal((TypeKind.Forward, TypeKind.Struct), (declared.Kind, declared.TagKind));
        Assert.Equal(24UL, Catalog.Parse("struct opaque")!.Size);
        Assert.Equal(24UL, Catalog.Complete(declared).Size);
    }
}
