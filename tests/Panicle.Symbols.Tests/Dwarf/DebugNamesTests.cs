using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>Indexes of names that clang and gdb wrote, against the one that is made here.</summary>
public sealed class DebugNamesTests : IDisposable
{
    private const int Damages = 500;

    private const string Header = """
        #include <stddef.h>
        struct item { int x; char *name; struct item *next; };
        union either { long number; char text[8]; };
        enum colour { RED, GREEN = 5 };
        typedef unsigned long ulong_t;
        extern int declared_only[];
        static inline int weight(struct item *item) { return item->x * 3; }
        """;

    private static readonly string[] Sources =
    [
        """
        struct differs { int of_the_first; };
        static struct item things[3]; ulong_t counter = 3; union either either; enum colour colour; struct differs d1; static volatile int twice = 1;
        struct item *get(int i) { static int hidden; struct local { char c; } l = { (char)i }; hidden += l.c; return things + weight(things + i) + twice; }
        """,
        """
        struct differs { long of_the_second; char more[4]; };
        struct differs d2; static volatile int twice = 2; struct item *get(int); int declared_only[4]; double real;
        int use(struct item *item) { return weight(item) + declared_only[twice]; }
        int main(void) { return use(get(1)) + (int)d2.of_the_second; }
        """,
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-names-");

    public static TheoryData<string> Makers =>
    [
        .. CompiledSample.Has("clang")
            ? ["clang -gdwarf-5 -O1 -gpubnames -mllvm -accel-tables=Dwarf",
                "clang -gdwarf-5 -O0 -gpubnames -mllvm -accel-tables=Dwarf",
                "clang -gdwarf-5 -O1 -gz -gpubnames -mllvm -accel-tables=Dwarf"]
            : Array.Empty<string>(),
        .. CompiledSample.Has("gdb-add-index") ? ["gcc -gdwarf-5 -O1 gdb"] : Array.Empty<string>(),
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Makers))]
    public void Its_answers_are_those_of_the_index_that_is_made_here(string maker)
    {
        Compile(maker);
        using var given = Open("sample");
        using var made = Open("plain");
        Assert.True(given.Names.Exists);
        Assert.False(made.Names.Exists);
        var (ours, theirs) = (new DwarfTypes(made), new DwarfTypes(given));
        Assert.Equal(Answers(ours), Answers(theirs));
        Assert.Equal(2, ours.FindAll(TypeKind.Struct, "differs").Count());
        Assert.Equal(2, ours.FindVariables("twice").Count());
        Assert.Empty(ours.FindVariables("hidden"));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Makers))]
    public void Types_and_variables_are_found_without_an_index_of_our_own(string maker)
    {
        // gdb 13 writes other units' places than the standard has; so said its successor, which doesn't read them.
        if (maker.EndsWith("gdb", StringComparison.Ordinal))
            return;
        Compile(maker);
        using var file = Open("sample");
        var types = new DwarfTypes(file);
        Assert.Equal(24u, types.Find(TypeKind.Struct, "item")!.Size);
        Assert.Equal("ulong_t", Assert.Single(types.FindVariables("counter")).Type.DisplayName());
        Assert.Equal("int use(struct item *)", types.FindSymbolType("use", 0)!.Declare("use"));
        Assert.True(file.Notes.Count == 0, string.Join(";", file.Notes));
        Assert.False(types.Names.IsMade);
        Assert.Equal(5, types.FindEnumerator("GREEN"));
        Assert.True(types.Names.IsMade);
    }

    /// <summary>Whatever is damaged in it, the answers stay: it isn't used then.</summary>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(Makers))]
    public void A_damaged_index_costs_nothing_but_itself(string maker)
    {
        if (maker.Contains("-gz", StringComparison.Ordinal))
            return;
        Compile(maker);
        var wanted = Answers(new DwarfTypes(Open("plain")));
        var original = File.ReadAllBytes(Path.Combine(_folder.FullName, "sample"));
        using var whole = Open("sample");
        var section = whole.Elf.Section(".debug_names")!.Value;
        var noted = 0;
        for (var i = 0; i < Damages; i++)
        {
            var random = new Random(i);
            var bytes = (byte[])original.Clone();
            var place = bytes.AsSpan((int)section.Offset + random.Next((int)section.Size));
            if (random.Next(2) == 0)
                place[0] ^= (byte)(1 << random.Next(8));
            else
                random.NextBytes(place[..Math.Min(8, (int)section.Offset + (int)section.Size - (bytes.Length - place.Length))]);
            File.WriteAllBytes(Path.Combine(_folder.FullName, "damaged"), bytes);
            using var file = Open("damaged");
            var answers = Answers(new DwarfTypes(file));
            Assert.True(wanted.SequenceEqual(answers),
                $"case {i}: {string.Join('\n', answers.Except(wanted).Concat(wanted.Except(answers)))}");
            noted += file.Notes.Count > 0 ? 1 : 0;
        }
        Assert.True(noted > Damages / 2, $"{noted} of {Damages} were noted");
    }

    private static List<string> Answers(DwarfTypes types)
    {
        var answers = new List<string>();
        foreach (
            var kind in new[] { TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Typedef, TypeKind.Int, TypeKind.Float })
            foreach (var name in (string[])[
                "item", "either", "colour", "ulong_t", "size_t", "differs", "local", "int", "double", "nothing"])
                answers.AddRange(
                    types.FindAll(kind, name)
                        .Select(found =>
                            $"{kind} {name}: {string.Join(", ", found.Type.Members.Select(member => member.Name))} "
                                + $"{found.Type.Size} {found.File}"));
        foreach (var name in (string[])["things", "counter", "either", "colour", "twice", "hidden", "declared_only", "real", "d1",
            "d2", "get", "use", "weight", "main", "nothing"])
        {
            answers.AddRange(types.FindVariables(name)
                .Select(variable => $"{name}: {variable.Type.DisplayName()} {variable.Address:x} {variable.File}"));
            answers.Add($"{name}: {types.FindSymbolType(name)?.Declare(name)}");
        }
        answers.Add($"GREEN: {types.FindEnumerator("GREEN")}");
        return answers;
    }

    private void Compile(string maker)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "shared.h"), Header);
        for (var i = 0; i < Sources.Length; i++)
            File.WriteAllText(Path.Combine(_folder.FullName, $"part{i}.c"), "#include \"shared.h\"\n" + Sources[i]);
        var words = maker.Split(' ');
        Run(words[0], [.. words[1..].Where(word => word != "gdb"), "part0.c", "part1.c", "-o", "sample"]);
        if (words[^1] == "gdb")
            Run("gdb-add-index", ["-dwarf-5", "sample"]);
        Run("objcopy", ["--remove-section=.debug_names", "sample", "plain"]);
    }

    private DwarfFile Open(string name) =>
        DwarfFile.TryOpen(Path.Combine(_folder.FullName, name), Limits.Default, out var why)
            ?? throw new InvalidOperationException(why);

    private void Run(string program, string[] arguments) => Tool.Run(_folder.FullName, program, arguments);
}
