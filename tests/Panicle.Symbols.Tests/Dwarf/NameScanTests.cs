using System.Text;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// The scan for names finds every name that the index is for, however the compiler stores it, and nothing else.
/// </summary>
public class NameScanTests
{
    // Names of up to three letters stand in the entry itself, longer ones in .debug_str; a variable that is declared before it is
    // defined has its name at the declaration alone; functions have a block among their attributes,
    // constants a LEB128 or a block.
    private const string Source = """
        typedef unsigned char u8;
        typedef unsigned long counter_t;
        struct s { u8 a; counter_t second_member; };
        struct s_long { struct s inner; struct { int x; } nested; };
        struct only_declared;
        union u { int i; struct only_declared *opaque; };
        enum e { ONE = 1, TWO };
        enum { UNNAMED = 3, OTHER };
        extern int twice;
        int twice = 2;
        extern u8 declared_only[];
        int i;
        static const int constant = 1000;
        static const double ratio = 1.5;
        static volatile struct s_long held;
        union u either;
        enum e chosen;
        static inline int inlined(int v) { return v + constant + (int)ratio; }
        static int f(int v) { static int hidden; return inlined(v) + hidden++ + (int)held.inner.second_member; }
        extern void outside(void);
        int use(void) { outside(); return f(UNNAMED) + declared_only[0]; }
        """;

    public static TheoryData<string> Formats =>
    [
        "-gdwarf-5", "-gdwarf-4", "-gdwarf-3 -gstrict-dwarf", "-gdwarf-2 -gstrict-dwarf", "-O2 -gdwarf-5", "-O2 -gdwarf-4",
        "-gdwarf-5 -gz=zlib", "-x c++ -gdwarf-5",
    ];

    [Theory, MemberData(nameof(Formats))]
    public void Every_name_is_found_once(string options)
    {
        using var sample = new CompiledC(Source, options);
        var index = NameIndex.Open(sample.Debug, null);
        var found = new List<(NameKind Kind, string Name)>();
        foreach (var entry in index.Entries)
            if (entry.Kind != NameKind.BaseType)
                found.Add((entry.Kind, Encoding.UTF8.GetString(DieNames.NameOf(NameIndex.Resolve(sample.Debug, entry)))));

        Assert.Equal(["s", "s_long"], Named(NameKind.Struct));
        Assert.Equal(["u"], Named(NameKind.Union));
        Assert.Equal(["e"], Named(NameKind.Enum));
        Assert.Equal(["counter_t", "u8"], Named(NameKind.Typedef));
        // The entry of a constant is its enum's.
        Assert.Equal(["", "", "e", "e"], Named(NameKind.Enumerator));
        Assert.Superset(new HashSet<string>(["use"]), Named(NameKind.Function).ToHashSet());
        Assert.Superset(new HashSet<string>(["chosen", "either", "held", "i", "twice"]), Named(NameKind.Variable).ToHashSet());
        Assert.DoesNotContain("declared_only", Named(NameKind.Variable));
        Assert.Superset(new HashSet<string>(["declared_only"]), Named(NameKind.DeclaredVariable).ToHashSet());
        Assert.Equal(found.Count, found.Where(name => name.Kind != NameKind.Enumerator).Distinct().Count() + 4);
        foreach (var (_, name) in found.Where(name => name.Name.Length > 0))
            Assert.Contains(index.Find(Encoding.UTF8.GetBytes(name)).ToArray(),
                entry => DieNames.NameOf(NameIndex.Resolve(sample.Debug, entry)).SequenceEqual(Encoding.UTF8.GetBytes(name)));

        IEnumerable<string> Named(NameKind kind) =>
            found.Where(name => name.Kind == kind).Select(name => name.Name).Order(StringComparer.Ordinal);
    }
}
