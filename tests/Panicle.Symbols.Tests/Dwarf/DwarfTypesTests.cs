using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

public class DwarfTypesTests
{
    private const string Source = """
        #include <stdbool.h>
        typedef unsigned long ulong_t;
        struct only_declared;
        struct point { int x; int y; };
        union either { long number; char text[8]; };
        enum colour { RED, GREEN = 5, BLUE = 200 };
        enum signed_colour { BELOW = -3, ABOVE = 100 };
        enum { ANONYMOUS_CONSTANT = 77 };
        struct everything {
            ulong_t plain;
            unsigned int three : 3, nine : 9;
            signed char five : 5;
            unsigned long long wide : 40;
            union { int inner_int; struct { short low, high; }; };
            struct point points[2][3];
            struct point *pointer;
            const volatile char *const text;
            int (*callback)(struct point *, const char *, ...);
            struct only_declared *opaque;
            enum colour colour;
            bool flag;
            double real;
            int flexible[];
        } ;
        struct everything an_object;
        static struct point origin;
        extern int declared_only[];
        ulong_t counter = 3;
        int use(struct everything *e) { static int hidden; hidden++; return e->nine + origin.x + declared_only[0]; }
        enum colour colour; enum signed_colour signed_colour; union either either;
        int anonymous = ANONYMOUS_CONSTANT;
        """;

    public static TheoryData<string> Formats =>
    [
        "-gdwarf-5",
        "-gdwarf-4",
        "-gdwarf-3 -gstrict-dwarf",
        "-gdwarf-2 -gstrict-dwarf",
        "-gdwarf-4 -fdebug-types-section",
        "-gdwarf-5 -fdebug-types-section",
        "-gdwarf-5 -gz=zlib",
        "-gdwarf-5 -gsplit-dwarf",
        "-gdwarf-4 -gsplit-dwarf",
        "-gdwarf-5 -gsplit-dwarf -fdebug-types-section",
    ];

    [Theory, MemberData(nameof(Formats))]
    public void Structures_have_their_members_where_the_compiler_put_them(string format)
    {
        using var sample = Compile(format);
        var types = new DwarfTypes(sample.Debug);

        var type = types.Find(TypeKind.Struct, "everything")!;

        Assert.Equal(120u, type.Size);
        Assert.Equal(
            [
                ("plain", "ulong_t", 0, 0), ("three", "unsigned int", 64, 3), ("nine", "unsigned int", 67, 9),
                ("five", "signed char", 80, 5),
                ("wide", "unsigned long long", 85, 40), ("", "union {...}", 128, 0), ("points", "struct point [2][3]", 160, 0),
                ("pointer", "struct point *", 576, 0), ("text", "volatile const char *const", 640, 0),
                ("callback", "int (*)(struct point *, const char *, ...)", 704, 0), ("opaque", "struct only_declared *", 768, 0),
                ("colour", "enum colour", 832, 0), ("flag", "_Bool", 864, 0), ("real", "double", 896, 0),
                ("flexible", "int []", 960, 0),
            ],
            type.Members.Select(member => (member.Name, member.Type.DisplayName(), (int)member.BitOffset, (int)member.BitSize)));
        Assert.Null(type.Problem);
        Assert.Equal(18u, type.OffsetOf("high"));
        Assert.Equal(48u, type.Members[6].Type.Size);
    }

    [Theory, MemberData(nameof(Formats))]
    public void Enums_and_their_constants_have_their_values(string format)
    {
        using var sample = Compile(format);
        var types = new DwarfTypes(sample.Debug);

        Assert.Equal([new("RED", 0), new("GREEN", 5), new("BLUE", 200)], types.Find(TypeKind.Enum, "colour")!.Enumerators);
        Assert.Equal([new("BELOW", -3), new("ABOVE", 100)], types.Find(TypeKind.Enum, "signed_colour")!.Enumerators);
        Assert.True(types.Find(TypeKind.Enum, "signed_colour")!.IsSigned);
        Assert.Equal(77, types.FindEnumerator("ANONYMOUS_CONSTANT"));
        Assert.Equal(200, types.FindEnumerator("BLUE"));
        Assert.Null(types.FindEnumerator("VIOLET"));
    }

    [Theory, MemberData(nameof(Formats))]
    public void Variables_and_functions_have_types(string format)
    {
        using var sample = Compile(format);
        var types = new DwarfTypes(sample.Debug);

        Assert.Equal("struct everything", types.FindSymbolType("an_object")!.DisplayName());
        Assert.Equal("struct point", types.FindSymbolType("origin")!.DisplayName());
        Assert.Equal("int []", types.FindSymbolType("declared_only")!.DisplayName());
        Assert.Equal("int use(struct everything *)", types.FindSymbolType("use")!.Declare("use"));
        Assert.EndsWith("sample.c", Assert.Single(types.FindVariables("counter")).File);
        Assert.Null(types.FindSymbolType("everything"));
    }

    [Fact]
    public void A_variable_of_an_address_is_the_one_that_lies_there()
    {
        using var sample = new CompiledC(Source, "-gdwarf-5", link: true);
        var types = new DwarfTypes(sample.Debug, null, address => address + 0x1000);
        var counter = Assert.Single(types.FindVariables("counter"));
        Assert.True(Symbols.Elf.ElfSymbolTable.TryOpen(sample.Debug.Elf, 0, null, out _)!.TryFind("counter", out var symbol));

        Assert.Equal(symbol.Address + 0x1000, counter.Address);
        Assert.Equal("ulong_t", types.FindSymbolType("counter", counter.Address)!.DisplayName());
        Assert.Null(types.FindSymbolType("counter", counter.Address + 8));
        Assert.Equal("int []", types.FindSymbolType("declared_only", 0x2000)!.DisplayName());
    }

    [Fact]
    public void Base_types_say_what_they_are()
    {
        using var sample = new CompiledC(Source, "-gdwarf-5");
        var types = new DwarfTypes(sample.Debug);

        Assert.True(types.Find(TypeKind.Int, "_Bool")!.IsBool);
        Assert.True(types.Find(TypeKind.Int, "char") is { IsChar: true, IsSigned: true });
        Assert.False(types.Find(TypeKind.Int, "long unsigned int")!.IsSigned);
        Assert.Equal(8u, types.Find(TypeKind.Float, "double")!.Size);
        Assert.Equal("long unsigned int", types.Find(TypeKind.Typedef, "ulong_t")!.Target!.Name);
        Assert.Contains("point", types.All(TypeKind.Struct).Select(type => type.Name));
    }

    [Fact]
    public void The_index_of_names_is_kept_and_a_damaged_one_is_made_again()
    {
        using var sample = new CompiledC("struct kept { long a; } kept; int use(void) { return 0; }", "-gdwarf-5", link: true);
        var cache = Path.Combine(sample.Folder, "cache");

        Assert.NotNull(new DwarfTypes(sample.Debug, cache: cache).Find(TypeKind.Struct, "kept"));
        var kept = Assert.Single(Directory.GetFiles(cache));
        Assert.Equal($"{sample.Debug.Elf.BuildId}.names", Path.GetFileName(kept));
        var good = File.ReadAllBytes(kept);
        Assert.NotNull(new DwarfTypes(sample.Debug, cache: cache).Find(TypeKind.Struct, "kept"));

        for (var at = 0; at < good.Length; at += 7)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0xff;
            File.WriteAllBytes(kept, bad);
            Assert.NotNull(new DwarfTypes(sample.Debug, cache: cache).Find(TypeKind.Struct, "kept"));
            Assert.Equal(good, File.ReadAllBytes(kept));
        }
    }

    [Fact]
    public void Damage_costs_the_type_and_not_the_session()
    {
        using var sample = new CompiledC(Source, "-gdwarf-5");
        var original = File.ReadAllBytes(sample.FilePath);
        var section = sample.Debug.Elf.Section(".debug_info")!.Value;
        var random = new Random(1);
        var damaged = Path.Combine(sample.Folder, "damaged.o");
        for (var round = 0; round < 200; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = 0; i < 8; i++)
                bytes[(int)section.Offset + random.Next((int)section.Size)] = (byte)random.Next(256);
            File.WriteAllBytes(damaged, bytes);
            using var file = DwarfFile.TryOpen(damaged, Limits.Default, out _)!;
            var types = new DwarfTypes(file);
            foreach (var kind in (ReadOnlySpan<TypeKind>)[
                TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Typedef, TypeKind.Int])
                foreach (var type in types.All(kind).ToList())
                {
                    _ = (type.Size, type.IsSigned, type.DisplayName(), type.Enumerators.Count, type.Problem);
                    foreach (var member in type.Members)
                        _ = (member.Type.DisplayName(), member.Type.Size);
                }
            _ = (types.FindSymbolType("an_object"), types.FindSymbolType("use")?.Parameters.Count, types.FindEnumerator("BLUE"));
        }
    }


    // Type units are in sections of their own until they are linked.
    private static CompiledC Compile(string format) =>
        new(Source, format, link: format.Contains("types-section", StringComparison.Ordinal));
}
