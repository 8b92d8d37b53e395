using System.Buffers.Binary;
using System.Diagnostics;
using Panicle.Dumps;
using Panicle.Symbols.Dwarf;
using Panicle.Symbols.Elf;

namespace Panicle.BadInput.Tests;

/// <summary>
/// Damage to debug information costs the source file that it is in: nothing throws, nothing hangs, and what is untouched is still read. Tried on a
/// program and on an object file, which is relocated as a module is.
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

    [Theory, InlineData("-gdwarf-5"), InlineData("-gdwarf-4"), InlineData("-gdwarf-5 -c"), InlineData("-gdwarf-4 -fdebug-types-section"), InlineData("-gdwarf-5 -gz=zlib")]
    public void Damaged_sections_cost_the_unit_and_never_the_session(string options)
    {
        var folder = Directory.CreateTempSubdirectory("panicle-damage-");
        try
        {
            var original = Compile(folder.FullName, options);
            var sections = DebugSectionsOf(Path.Combine(folder.FullName, "sample"));
            var answered = 0;
            for (var i = 0; i < Cases; i++)
            {
                var (bytes, what) = Damage((byte[])original.Clone(), sections, new Random(i));
                var path = Path.Combine(folder.FullName, $"damaged-{i}");
                File.WriteAllBytes(path, bytes);
                answered += Try(path, $"{options}, case {i}: {what}");
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
            using var binary = DebugBinary.TryOpen(path, Limits.Default, out var why);
            if (binary is null)
            {
                Assert.NotNull(why);
                return 0;
            }
            var addresses = binary.Elf.Sections.Where(section => section.IsCode)
                .SelectMany(section => Enumerable.Range(0, (int)Math.Min(section.Size, 4096)).Select(offset => binary.TryPlace(section.Name, (ulong)offset, out var address) ? address : 0)).ToList();
            var lines = binary.FindAll(addresses).Count(frames => frames is [{ Line: > 0 }, ..]);
            Assert.True(lines == addresses.Count(address => binary.Find(address) is [{ Line: > 0 }, ..]), "one by one the answers are others");
            ReadEverything(path);
            Assert.True(clock.Elapsed < Longest, $"took {clock.Elapsed.TotalSeconds:f1} s");
            return lines > 0 ? 1 : 0;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(what, e);
        }
    }

    /// <summary>Every attribute of every entry; a damaged unit says so with a DwarfException.</summary>
    private static void ReadEverything(string path)
    {
        using var file = DwarfFile.TryOpen(path, Limits.Default, out _)!;
        var units = new List<DwarfUnit>();
        foreach (var list in new Func<IReadOnlyList<DwarfUnit>>[] { () => file.Units, () => file.TypeUnits })
            Tolerate(() => units.AddRange(list()));
        foreach (var unit in units)
            Tolerate(() =>
            {
                var die = unit.Open();
                while (die.Read())
                    foreach (var (name, value) in die.Attributes)
                        if (name is DwarfAttribute.Name or DwarfAttribute.CompDir)
                            _ = value.Text.Length;
                        else if (name is DwarfAttribute.Type or DwarfAttribute.AbstractOrigin)
                            _ = value.Reference.Open().Tag;
            });
    }

    private static void Tolerate(Action read)
    {
        try
        {
            read();
        }
        catch (DwarfException problem)
        {
            Assert.NotEmpty(problem.Message);
        }
    }

    private static (byte[] Bytes, string What) Damage(byte[] bytes, List<ElfSection> sections, Random random)
    {
        var section = sections[random.Next(sections.Count)];
        var at = (int)section.Offset + random.Next((int)section.Size);
        var left = (int)(section.Offset + section.Size) - at;
        switch (random.Next(4))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return (bytes, $"{section.Name}: a bit of 0x{at:x} flipped");
            case 1:
                random.NextBytes(bytes.AsSpan(at, Math.Min(left, 1 + random.Next(16))));
                return (bytes, $"{section.Name}: noise at 0x{at:x}");
            case 2:
                bytes.AsSpan(at, Math.Min(left, 1 + random.Next(64))).Fill((byte)(random.Next(2) * 0xff));
                return (bytes, $"{section.Name}: filled at 0x{at:x}");
            default:
                if (left >= 4)
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)(random.Next(3) switch { 0 => 0x7fffffff, 1 => -16, _ => random.Next(4096) }));
                return (bytes, $"{section.Name}: a number at 0x{at:x}");
        }
    }

    private static List<ElfSection> DebugSectionsOf(string path)
    {
        using var elf = ElfFile.TryOpen(path, Limits.Default, out _)!;
        return [.. elf.Sections.Where(section => section.Size > 0 && (section.Name.StartsWith(".debug", StringComparison.Ordinal) || section.Name.StartsWith(".rela.debug", StringComparison.Ordinal)))];
    }

    private static byte[] Compile(string folder, string options)
    {
        File.WriteAllText(Path.Combine(folder, "sample.c"), Source);
        var start = new ProcessStartInfo("gcc", [.. options.Split(' '), "-O2", "sample.c", "-o", "sample"]) { WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return File.ReadAllBytes(Path.Combine(folder, "sample"));
    }
}
