using System.Diagnostics;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// A small program with functions inlined into functions, compiled by the machine's own compiler, and what binutils say of it.
/// </summary>
internal sealed class CompiledSample : IDisposable
{
    private const string Source = """
        #include <stdio.h>
        #include "part.h"
        #ifdef __clang__
        #define noipa noinline
        #endif
        struct item { int x; char *name; unsigned flags : 3; };
        static int total;
        static inline int weight(struct item *item) { return item->x * 3 + item->flags; }
        static inline __attribute__((always_inline)) int
        shown(struct item *item)
        {
            int sum = weight(item);
            if (sum > 3)
                printf("%d %s\n", sum, item->name);
            return sum + part(sum);
        }
        __attribute__((noipa)) static int middle(struct item *items, int count)
        {
            for (int i = 0; i < count; i++) {
                int sum = shown(items + i);
                if (__builtin_expect(sum == 77, 0))
                    puts("rare");
                total += sum;
            }
            return total;
        }
        __attribute__((cold, noinline)) int never(int x) { return x / (x - 1); }
        int main(int argc, char **argv)
        {
            struct item items[3] = { { 1, "a", 1 }, { argc, argv[0], 2 }, { 4, argv[0], 3 } };
            if (argc > 100)
                return never(argc);
            return middle(items, 3) + part(argc);
        }
        """;

    private const string Header = """
        static inline int square(int x) { return x * x; }
        static inline int part(int x)
        {
            int y = square(x + 1);
            return y > 1000 ? y - square(3) : y;
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-dwarf-");

    /// <summary>Compiles it; the line is a compiler and its options, "clang -gdwarf-5". <c>-c</c> makes an object file.</summary>
    public CompiledSample(string line, string? objcopy = null)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "sample.c"), Source);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "include"));
        File.WriteAllText(Path.Combine(_folder.FullName, "include", "part.h"), Header);
        var words = line.Split(' ');
        Run(words[0], [.. words[1..], "-O2", "-Iinclude", "sample.c", "-o", "sample"]);
        if (objcopy is not null)
            Run("objcopy", [objcopy, "sample"]);
    }

    public string FilePath => Path.Combine(_folder.FullName, "sample");

    /// <summary>Whether a program is installed.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>What <c>addr2line -afi</c> prints.</summary>
    public string Addr2line(IEnumerable<ulong> addresses, params string[] options) =>
        Run("addr2line", [.. options, "-afi", "-e", "sample", .. addresses.Select(address => $"{address:x}")]);

    /// <summary>What <c>llvm-symbolizer</c> prints in the same form.</summary>
    public string Symbolizer(IEnumerable<ulong> addresses) =>
        Run("llvm-symbolizer",
            [
                "--obj=sample",
                "--output-style=GNU",
                "--functions=linkage",
                "-a",
                "-i",
                .. addresses.Select(address => $"0x{address:x}"),
            ]);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(
            program, arguments)
        { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}");
        return output;
    }
}
