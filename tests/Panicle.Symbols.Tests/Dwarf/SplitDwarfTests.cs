using Panicle.Dumps;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// A program whose debug information the compiler left in other files, against the same program with all of it in one.
/// </summary>
public sealed class SplitDwarfTests : IDisposable
{
    private const int Damages = 300;

    private const string Header = """
        struct item { int x; char *name; struct item *next; unsigned flags : 3; };
        union either { long number; char text[8]; };
        enum colour { RED, GREEN = 5 };
        typedef unsigned long ulong_t;
        static inline __attribute__((always_inline)) int weight(struct item *item) { return item->x * 3 + item->flags; }
        static inline __attribute__((always_inline)) int shown(struct item *item)
        {
            int sum = weight(item);
            for (struct item *other = item; other; other = other->next)
                sum += weight(other);
            return sum;
        }
        """;

    private static readonly (string Name, string Text)[] Sources =
    [
        ("first.c", """
            struct differs { int of_the_first; };
            struct item things[3]; ulong_t counter = 3; union either either; enum colour colour; struct differs d1; static volatile int twice = 1;
            __attribute__((cold, noinline)) int never(int x) { return x / (x - twice); }
            int get(int i) { struct item *item = things + i; if (i > 100) return never(i); item->flags = 2; return shown(item) + twice; }
            """),
        ("second.c", """
            struct differs { long of_the_second; char more[4]; };
            struct differs d2; static volatile int twice = 2; int get(int);
            static int (*table[2])(int) = { get, get };
            __attribute__((noinline)) int use(struct item *item, int count) { int sum = 0; for (int i = 0; i < count; i++) sum += shown(item) + table[i & 1](i); return sum + twice; }
            int main(int argc, char **argv) { struct item item = { argc, argv[0], 0, 1 }; return use(&item, argc) + (int)d2.of_the_second; }
            """),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-split-");

    /// <summary>A compiler with options, and how the parts are packed.</summary>
    public static TheoryData<string, string> Makers
    {
        get
        {
            string[] compilers =
            [
                "gcc -gdwarf-5 -O2", "gcc -gdwarf-4 -O2", "gcc -gdwarf-5 -O0", "gcc -gdwarf-4 -O1 -fdebug-types-section",
                "gcc -gdwarf-5 -O2 -fdebug-types-section",
                .. CompiledSample.Has("clang") ? ["clang -gdwarf-5 -O2", "clang -gdwarf-4 -O2"] : Array.Empty<string>(),
            ];
            var makers = new TheoryData<string, string>();
            foreach (var compiler in compilers)
            {
                makers.Add(compiler, "");
                // binutils' packer knows GNU's form alone.
                if (compiler.Contains("-gdwarf-4", StringComparison.Ordinal) && CompiledSample.Has("dwp"))
                    makers.Add(compiler, "dwp");
                // LLVM's knows both, but LLVM 14's never ends with some files of gcc's.
                if (compiler.StartsWith("clang", StringComparison.Ordinal) && CompiledSample.Has("llvm-dwp"))
                    makers.Add(compiler, "llvm-dwp");
            }
            return makers;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, MemberData(nameof(Makers))]
    public void It_says_what_the_same_program_in_one_file_says(string compiler, string packer)
    {
        Compile(compiler, packer);
        using var whole = Open("whole");
        using var split = Open("split");
        var code = Addresses(whole);
        Assert.Equal(code, Addresses(split));
        Assert.Equal(Lines(whole, code), Lines(split, code));
        Assert.Contains(Lines(split, code), line => line.Contains("weight", StringComparison.Ordinal)
            || compiler.EndsWith("-O0", StringComparison.Ordinal));
        Assert.Equal(Types(whole), Types(split));
        Assert.Contains(Types(split), line => line.StartsWith("Struct item: x, name, next, flags 32", StringComparison.Ordinal));
        var (all, parts) = (Variables(whole, code), Variables(split, code));
        Assert.Equal(all.Count, parts.Count);
        // Until DWARF 4 gcc 12 writes ranges in a .dwo that begin or end elsewhere by a byte around calls:
        // readelf has them so too.
        var lost = parts.Zip(all).Where(pair => pair.First != pair.Second).ToList();
        Assert.All(lost, pair => Assert.EndsWith(
            "optimized out here", pair.First.Length > pair.Second.Length ? pair.First : pair.Second, StringComparison.Ordinal));
        var isOld = compiler.StartsWith("gcc -gdwarf-4", StringComparison.Ordinal);
        Assert.True(isOld ? lost.Count < parts.Count / 10 : lost.Count == 0, $"{lost.Count} of {parts.Count}");
        Assert.NotEmpty(Variables(split, code));
        Assert.Empty(split.Notes);
    }

    [Theory, InlineData("gcc -gdwarf-5 -O2"), InlineData("gcc -gdwarf-4 -O2")]
    public void A_part_that_is_missing_is_named_and_lines_are_there(string compiler)
    {
        Compile(compiler, "");
        File.Delete(Path.Combine(_folder.FullName, "split-second.dwo"));
        using var whole = Open("whole");
        using var split = Open("split");
        var code = Addresses(whole);
        var (all, left) = (new DwarfLines(whole).FindAll(code), new DwarfLines(split).FindAll(code));
        for (var i = 0; i < code.Count; i++)
            Assert.Equal(PlaceOf(all[i]), PlaceOf(left[i]));
        var types = new DwarfTypes(split);
        Assert.NotNull(types.Find(TypeKind.Struct, "item"));
        Assert.Single(types.FindAll(TypeKind.Struct, "differs"));
        Assert.Contains("second.dwo", Assert.Single(split.Notes), StringComparison.Ordinal);
    }

    [Theory, InlineData("gcc -gdwarf-5 -O2"), InlineData("gcc -gdwarf-4 -O2")]
    public void Another_build_s_part_isn_t_taken(string compiler)
    {
        Compile(compiler, "");
        File.Copy(Path.Combine(_folder.FullName, "split-first.dwo"), Path.Combine(_folder.FullName, "split-second.dwo"),
            overwrite: true);
        using var split = Open("split");
        Assert.Single(new DwarfTypes(split).FindAll(TypeKind.Struct, "differs"));
        Assert.Contains("second.dwo", Assert.Single(split.Notes), StringComparison.Ordinal);
    }

    /// <summary>Parts and packages with damage in them: what is lost is lost, nothing else happens.</summary>
    [Theory, InlineData("gcc -gdwarf-5 -O2", ""), InlineData("gcc -gdwarf-4 -O2", ""), InlineData("gcc -gdwarf-4 -O2", "dwp"),
        InlineData("clang -gdwarf-5 -O2", "llvm-dwp")]
    public void Damage_costs_what_is_damaged(string compiler, string packer)
    {
        if ((packer.Length > 0 && !CompiledSample.Has(packer)) || !CompiledSample.Has(compiler.Split(' ')[0]))
            return;
        Compile(compiler, packer);
        var part = Path.Combine(_folder.FullName, packer.Length > 0 ? "split.dwp" : "split-second.dwo");
        var original = File.ReadAllBytes(part);
        List<ulong> code;
        using (var whole = Open("whole"))
            code = Addresses(whole);
        for (var i = 0; i < Damages; i++)
        {
            var random = new Random(i);
            var bytes = (byte[])original.Clone();
            for (var j = 0; j < 1 + i % 4; j++)
                random.NextBytes(bytes.AsSpan(random.Next(bytes.Length - 8), 1 + random.Next(8)));
            File.WriteAllBytes(part, bytes);
            using var split = Open("split");
            Assert.Equal(code.Count, Lines(split, code).Count);
            _ = Types(split).Count + Variables(split, code).Count;
        }
    }

    private static (string? Name, uint Line) PlaceOf(IReadOnlyList<SourceFrame> frames) =>
        frames is [var first, ..] ? (first.Name, first.Line) : default;

    private static List<ulong> Addresses(DwarfFile file) =>
        [.. file.Elf.Sections.Where(section => section.Name.StartsWith(".text", StringComparison.Ordinal))
            .SelectMany(section => Enumerable.Range(0, (int)section.Size).Select(offset => section.Address + (ulong)offset))];

    private static List<string> Lines(DwarfFile file, List<ulong> addresses) =>
        [.. new DwarfLines(file).FindAll(addresses).Select(frames =>
            string.Join(" < ", frames.Select(frame => $"{frame.Function} {frame.Name}:{frame.Line}.{frame.Discriminator}")))];

    private static List<string> Types(DwarfFile file)
    {
        var types = new DwarfTypes(file);
        var answers = new List<string>();
        foreach (var kind in new[] { TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Typedef, TypeKind.Int })
        {
            foreach (var name in (string[])["item", "either", "colour", "ulong_t", "differs", "int", "char"])
                answers.AddRange(
                    types.FindAll(kind, name)
                        .Select(found =>
                            $"{kind} {name}: {string.Join(", ", found.Type.Members.Select(member => member.Name))} "
                                + $"{found.Type.Size} {found.File}").Order(StringComparer.Ordinal));
            answers.AddRange(
                types.All(kind).Select(type => $"{kind} {type.Name} {type.Size}").Distinct().Order(StringComparer.Ordinal));
        }
        foreach (var name in (string[])[
            "things", "counter", "either", "colour", "twice", "d1", "d2", "table", "get", "use", "never", "main", "nothing"])
        {
            answers.AddRange(types.FindVariables(name).Select(variable =>
                $"{name}: {variable.Type.DisplayName()} {variable.Address:x} {variable.File}").Order(StringComparer.Ordinal));
            answers.Add($"{name}: {types.FindSymbolType(name)?.Declare(name)}");
        }
        answers.Add($"GREEN: {types.FindEnumerator("GREEN")}");
        return answers;
    }

    private static List<string> Variables(DwarfFile file, List<ulong> addresses)
    {
        var locals = new DwarfLocals(new DwarfTypes(file));
        var frame = new KnownFrame();
        return
        [
            .. from address in addresses
               from function in locals.Find(address, frame)
               from variable in function.Variables
               select $"{address:x} {function.Function} {variable.Type.Declare(variable.Name)} = {variable.Value?.Address:x} "
                   + $"{Convert.ToHexString(variable.Value?.Bytes ?? [])} {variable.Reason}",
        ];
    }

    private void Compile(string compiler, string packer)
    {
        foreach (var (name, text) in Sources)
            File.WriteAllText(
                Path.Combine(_folder.FullName, name), $"#line 1 \"header.h\"\n{Header}\n#line 1 \"{name}\"\n{text}");
        var words = compiler.Split(' ');
        foreach (var (output, option) in ((string, string[])[])[("whole", []), ("split", ["-gsplit-dwarf"])])
        {
            foreach (var (name, _) in Sources)
                Run(words[0],
                    [.. words[1..], .. option, "-c", name, "-o", $"{output}-{Path.GetFileNameWithoutExtension(name)}.o"]);
            Run(words[0], ["-no-pie", $"{output}-first.o", $"{output}-second.o", "-o", output]);
        }
        if (packer.Length == 0)
            return;
        Run(packer, ["split-first.dwo", "split-second.dwo", "-o", "split.dwp"]);
        foreach (var part in _folder.GetFiles("*.dwo"))
            part.Delete();
    }

    private DwarfFile Open(string name) =>
        DwarfFile.TryOpen(Path.Combine(_folder.FullName, name), Limits.Default, out var why)
            ?? throw new InvalidOperationException(why);

    private void Run(string program, string[] arguments) => Tool.Run(_folder.FullName, program, arguments);

    /// <summary>A frame of which everything is known, so that each place that a variable may have shows.</summary>
    private sealed class KnownFrame : IFrameState, IMemory
    {
        public IMemory Memory => this;

        public DwarfRegisters Registers => X86Registers.Dwarf;

        public ulong? FrameAddress => 0x7000;

        public ulong? Register(int number) => 0x1000 + (ulong)number * 0x100;

        public ulong? EntryRegister(int number) => 0x2000 + (ulong)number * 0x100;

        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = default;
            buffer.Fill((byte)address);
            return true;
        }
    }
}
