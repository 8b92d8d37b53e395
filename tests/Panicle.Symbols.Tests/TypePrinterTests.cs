namespace Panicle.Symbols.Tests;

public class TypePrinterTests
{
    private static readonly TypeCatalog Catalog = new(TestData.Open(TestData.Shapes));

    [Fact]
    public void A_structure_looks_as_crash_shows_it() => Expect("struct list_head", default, """
        struct list_head {
            struct list_head *next;
            struct list_head *prev;
        }
        SIZE: 16
        """);

    [Fact]
    public void Offsets_stand_in_front() => Expect("struct list_head", new TypePrintOptions(Offsets: true), """
        struct list_head {
           [0] struct list_head *next;
           [8] struct list_head *prev;
        }
        SIZE: 16
        """);

    [Fact]
    public void Anonymous_members_are_nested_and_bit_fields_have_widths() => Expect(
        "struct shapes", new TypePrintOptions(Offsets: true, Hex: true), """
        struct shapes {
           [0x0] struct list_head list;
          [0x10] u32 flags : 3;
          [0x10] u32 mode : 5;
          [0x11] int sign : 2;
                 union {
                     struct {
          [0x18]         u64 first;
          [0x20]         union word second;
                     };
          [0x18]     char text[16];
                 };
          [0x28] atomic_t count;
          [0x2c] enum color color;
          [0x30] struct list_head buckets[4];
                 struct {
          [0x70]     short a;
          [0x78]     long b;
          [0x70] } named[2];
          [0x90] const struct operations *ops;
          [0x98] struct opaque *hidden;
          [0xa0] bool yes;
          [0xa8] double real;
          [0xb0] int grid[6];
          [0xc8] char tail[];
        }
        SIZE: 0xc8
        """);

    [Fact]
    public void Typedefs_and_enums_show_what_they_stand_for()
    {
        Expect("atomic_t", default, """
            typedef struct {
                int counter;
            } atomic_t;
            SIZE: 4
            """);
        Expect("u32", default, """
            typedef unsigned int u32;
            SIZE: 4
            """);
        Expect("enum color", default, """
            enum color {
              RED = 0
              GREEN = 5
              BLUE = 6
            };
            """);
    }

    private static void Expect(string type, TypePrintOptions options, string expected) =>
        Assert.Equal(expected.Split('\n'), TypePrinter.Lines(Catalog.Parse(type)!, options));
}
