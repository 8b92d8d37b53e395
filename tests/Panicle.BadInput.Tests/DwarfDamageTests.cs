using System.Diagnostics;

namespace Panicle.BadInput.Tests;

/// <summary>
/// Damage to debug information costs the source file that it is in: nothing throws, nothing hangs, and what is untouched is still
/// read. Tried on a program and on an object file, which is relocated as a module is.
/// </summary>
public class DwarfDamageTests
{
    private const int Cases = 500;
    private const string Source = """
        #include <stdio.h>
        struct item { int x; char *name; unsigned flags : 3; struct item *next; };
        static inline int weight(struct item *item) { return item->x * 3 + item->flags; }
        static inline __attribute__((always_inline)) int shown(struct item *item)
        {
            int sum = weight(item);
            for (struct item *other = item; other; other = other->next)
                sum += weight(other);
            if (sum > 3)
                printf("%d %s\n", sum, item->name);
            return sum;
        }
        int main(int argc, char **argv)
        {
            struct item items[3] = { { 1, "a", 1, 0 }, { argc, argv[0], 2, items }, { 4, argv[0], 3, items + 1 } };
            return shown(items + 2) + shown(items + argc % 3);
        }
        """;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Theory, InlineData("-gdwarf-5"), InlineData("-gdwarf-4"), InlineData("-gdwarf-5 -c"),
        InlineData("-gdwarf-4 -fdebug-types-section"), InlineData("-gdwarf-5 -gz=zlib")]
    public void Damaged_sections_cost_the_unit_and_never_the_session(string options)
    {
        var folder = Directory.CreateTempSubdirectory("panicle-damage-");
        try
        {
            Compile(folder.FullName, options);
            var damage = new DebugInfoDamage(Path.Combine(folder.FullName, "sample"));
            var answered = 0;
            for (var i = 0; i < Cases; i++)
            {
                var path = Path.Combine(folder.FullName, $"damaged-{i}");
                var what = damage.Write(path, i);
                answered += Try(path, $"{options}, case {what}");
                File.Delete(path);
            }
            Assert.True(answered > Cases / 2, $"of {Cases} damaged files only {answered} had a line left");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Reads all of it. Returns 1 if any address still has a line.</summary>
    private static int Try(string path, string what)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var lines = DebugInfoReader.Read(path).Lines;
            Assert.True(clock.Elapsed < Longest, $"took {clock.Elapsed.TotalSeconds:f1} s");
            return lines > 0 ? 1 : 0;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(what, e);
        }
    }

    private static void Compile(string folder, string options)
    {
        File.WriteAllText(Path.Combine(folder, "sample.c"), Source);
        var start = new ProcessStartInfo(
            "gcc", [.. options.Split(' '), "-O2", "sample.c", "-o", "sample"])
        { WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
