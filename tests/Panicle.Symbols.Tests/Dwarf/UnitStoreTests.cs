using System.Diagnostics;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>The list of units that is kept between starts: it answers the same, and damage to it costs only its making.</summary>
public sealed class UnitStoreTests : IDisposable
{
    private const int Files = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-units-");
    private readonly string _program;
    private readonly string _cache;

    public UnitStoreTests()
    {
        _cache = Path.Combine(_folder.FullName, "cache");
        _program = Path.Combine(_folder.FullName, "program");
        string[] sources = [.. Enumerable.Range(0, Files).Select(i => Path.Combine(_folder.FullName, $"part{i}.c"))];
        for (var i = 0; i < Files; i++)
            File.WriteAllText(sources[i],
                $"int part{i}(int x)\n{{\n\treturn x * {i + 3};\n}}\n{(i == 0 ? "int main(void) { return 0; }" : "")}");
        using var gcc = Process.Start(
            new ProcessStartInfo("gcc", ["-gdwarf-5", "-O1", "-Wl,--build-id", .. sources, "-o", _program]))!;
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_second_start_reads_what_the_first_kept_and_answers_the_same()
    {
        var plain = Answers(null);
        Assert.Equal("part7.c:3", plain[7]);
        Assert.False(Directory.Exists(_cache));
        Assert.Equal(plain, Answers(_cache));
        var kept = Kept();
        var written = File.GetLastWriteTimeUtc(kept);
        Assert.Equal(plain, Answers(_cache));
        Assert.Equal(written, File.GetLastWriteTimeUtc(kept));
    }

    [Fact]
    public void Damage_to_what_was_kept_costs_only_its_making()
    {
        var plain = Answers(_cache);
        var kept = Kept();
        var sound = File.ReadAllBytes(kept);
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var damaged = (byte[])sound.Clone();
            if (round % 10 == 0)
                Array.Resize(ref damaged, random.Next(damaged.Length));
            else
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(kept, damaged);
            Assert.Equal(plain, Answers(_cache));
            Assert.Equal(sound, File.ReadAllBytes(kept));
        }
    }

    [Fact]
    public void Where_nothing_can_be_kept_the_answers_are_there_all_the_same()
    {
        File.WriteAllText(_cache, "a file where the folder should be");
        Assert.Equal("part7.c:3", Answers(_cache)[7]);
    }

    private string Kept() => Assert.Single(Directory.GetFiles(_cache), path => path.EndsWith(".units", StringComparison.Ordinal));

    private List<string> Answers(string? cache)
    {
        using var binary = DebugBinary.TryOpen(_program, Limits.Default, out var why, cache);
        Assert.True(binary is not null, why);
        return [.. Enumerable.Range(0, Files).Select(i => Line(binary, $"part{i}"))];
    }

    private static string Line(DebugBinary binary, string function)
    {
        var frame = Assert.Single(binary.Find(Assert.Single(binary.FindFunction(function)).Address));
        return $"{Path.GetFileName(frame.File)}:{frame.Line}";
    }
}
