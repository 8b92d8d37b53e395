using System.Buffers.Binary;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>Frames, locals and parameters of programs that really ran, as gcc describes them.</summary>
public class DwarfLocalsTests
{
    private const string Source = """
        struct pair { long first, second; };
        static int global_one = 111;
        static __attribute__((noinline)) long innermost(int number, const char *text, struct pair pair)
        {
            long kept = number * 3L;
            char letters[8] = "locals";
            static int counter = 5;
            __asm__ volatile("" : "+r"(kept), "+m"(counter) : "m"(letters));
            STOP();
            return kept + pair.second + letters[0] + text[0];
        }
        static inline __attribute__((always_inline)) long in_line(long argument)
        {
            long doubled = argument * 2;
            __asm__ volatile("" : "+r"(doubled));
            return doubled + innermost((int)argument, "inline", (struct pair){ argument, 77 });
        }
        __attribute__((noinline)) long middle(long a, unsigned char b)
        {
            struct pair local = { a, b };
            long result = in_line(a + 1);
            __asm__ volatile("" :: "m"(local));
            return result + a + b + global_one;
        }
        int main(int argc, char **argv)
        {
            catch_stop(argv);
            long outer = argc + 40;
            long result = middle(outer, 200);
            __asm__ volatile("" :: "r"(outer));
            return (int)(result + outer);
        }
        """;

    public static TheoryData<string> Formats =>
    [
        "-gdwarf-5 -O2",
        "-gdwarf-4 -O2",
        "-gdwarf-5 -O0",
        "-gdwarf-5 -O1 -fno-asynchronous-unwind-tables",
        "-gdwarf-4 -Os -fno-omit-frame-pointer",
        "-gdwarf-5 -O2 -gsplit-dwarf",
        "-gdwarf-4 -O2 -gsplit-dwarf",
        "-gdwarf-4 -O0 -gsplit-dwarf",
    ];

    [Theory, MemberData(nameof(Formats))]
    public void Frames_lead_to_their_callers(string options)
    {
        using var program = new StoppedProgram(Source, options);
        var frame = program.Frame;

        string[] names = [.. Names(frame), .. Names(frame.Caller), .. Names(frame.Caller.Caller)];

        Assert.Equal(["innermost", "in_line", "middle", "main"], names);
    }

    [Theory, MemberData(nameof(Formats))]
    public void Variables_have_the_values_that_the_program_gave_them(string options)
    {
        using var program = new StoppedProgram(Source, options);
        var frame = program.Frame;
        var innermost = frame.Functions[0];
        var outer = frame.Caller;

        Assert.Equal(129UL, Number(program, innermost, "kept"));
        Assert.Equal("locals\0\0"u8.ToArray(), Bytes(program, innermost, "letters"));
        Assert.Equal(5UL, Number(program, innermost, "counter"));
        Assert.Equal(["number", "text", "pair"], innermost.Variables.Where(variable => variable.IsParameter).Select(variable =>
            variable.Name));

        var inlined = Assert.Single(outer.Functions, function => function.Function == "in_line");
        Assert.True(inlined.IsInlined);
        Assert.Equal(86UL, Number(program, inlined, "doubled"));
        var middle = outer.Functions[^1];
        Assert.Equal("middle", middle.Function);
        Assert.Equal([42, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0], Bytes(program, middle, "local"));

        var main = outer.Caller.Functions[^1];
        Assert.Equal(42UL, Number(program, main, "outer"));
    }

    [Fact]
    public void An_argument_that_was_overwritten_is_known_from_the_call()
    {
        const string source = """
            __attribute__((noinline)) void clobber(void) { __asm__ volatile("xor %%edi, %%edi" ::: "rdi", "rsi", "rax", "rcx", "rdx", "memory"); STOP(); }
            __attribute__((noinline)) int callee(int lost) { clobber(); __asm__ volatile(""); return 3; }
            int main(int argc, char **argv) { catch_stop(argv); int r = callee(1234); __asm__ volatile("" : "+r"(r)); return r + argc; }
            """;
        using var program = new StoppedProgram(source, "-gdwarf-5 -O2");
        var callee = program.Frame.Caller;

        Assert.Null(callee.Register(5));
        Assert.Equal(1234UL, Number(program, callee.Functions[0], "lost"));
    }

    [Fact]
    public void What_the_compiler_dropped_says_so()
    {
        const string source = """
            __attribute__((noinline)) int callee(int *place) { int unused = *place * 7; STOP(); return 0; }
            int main(int argc, char **argv) { catch_stop(argv); int here = 8; return callee(&here); }
            """;
        using var program = new StoppedProgram(source, "-gdwarf-5 -O2");

        var variables = program.Frame.Functions[0].Variables;

        Assert.All(variables, variable => Assert.True(variable.Value is null != variable.Reason is null));
        Assert.Contains(variables, variable => variable is { Name: "unused" });
    }

    [Fact]
    public void Damage_neither_hangs_nor_throws()
    {
        using var program = new StoppedProgram(Source, "-gdwarf-5 -O2");
        var original = File.ReadAllBytes(program.Debug.Path);
        var random = new Random(2);
        var path = program.Debug.Path + ".damaged";
        foreach (var name in (ReadOnlySpan<string>)[
            ".debug_info", ".debug_loclists", ".debug_abbrev", ".eh_frame", ".debug_rnglists", ".debug_aranges"])
        {
            var section = program.Debug.Elf.Section(name)!.Value;
            for (var round = 0; round < 100; round++)
            {
                var bytes = (byte[])original.Clone();
                for (var i = 0; i < 6; i++)
                    bytes[(int)section.Offset + random.Next((int)section.Size)] = (byte)random.Next(256);
                File.WriteAllBytes(path, bytes);
                using var file = DwarfFile.TryOpen(path, Limits.Default, out _)!;
                var locals = new DwarfLocals(new DwarfTypes(file));
                _ = locals.Find(program.Frame.Address, program.Frame).Count;
                _ = locals.Find(program.Frame.Caller.LookupAddress, program.Frame.Caller).Count;
                _ = new DwarfFrames(file, X86Registers.Dwarf).Unwind(program.Frame.Address, program.Frame)?.Length;
            }
        }
    }

    private static IEnumerable<string> Names(StoppedProgram.State frame) => frame.Functions.Select(function => function.Function);

    private static ulong Number(StoppedProgram program, FunctionLocals function, string name)
    {
        var whole = new byte[8];
        Bytes(program, function, name).CopyTo(whole, 0);
        return BinaryPrimitives.ReadUInt64LittleEndian(whole);
    }

    private static byte[] Bytes(StoppedProgram program, FunctionLocals function, string name)
    {
        var variable = function.Variables.Last(variable => variable.Name == name);
        Assert.True(variable.Value is not null, $"{name}: {variable.Reason}");
        if (variable.Value.Address is not { } address)
            return variable.Value.Bytes;
        var bytes = new byte[variable.Type.Size];
        Assert.True(program.Memory.TryRead(address, bytes, out var fault), fault.ToString());
        return bytes;
    }
}
