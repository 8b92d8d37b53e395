using Panicle.Debuginfo.Elf;
using Panicle.Debuginfo.Finding;

namespace Panicle.Debuginfo.Tests;

/// <summary>Packing files and taking them apart again; binutils' readelf is the judge.</summary>
public sealed class ElfPackerTests : IDisposable
{
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_packed_program_says_the_same_and_runs()
    {
        var program = _files.Program("program", TestFiles.Id('a'));
        var packed = Pack(program);
        Assert.Equal(TestFiles.Dwarf(program), TestFiles.Dwarf(packed));
        Assert.Equal(TestFiles.Run("readelf", "-sW", program), TestFiles.Run("readelf", "-sW", packed));
        Assert.Contains("zstd", TestFiles.Run("readelf", "-t", packed), StringComparison.OrdinalIgnoreCase);
        File.SetUnixFileMode(packed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var process = System.Diagnostics.Process.Start(packed);
        process.WaitForExit();
        Assert.Equal(42, process.ExitCode);
    }

    [Fact]
    public void Expanding_gives_plain_sections_back()
    {
        var program = _files.Program("program", TestFiles.Id('a'));
        var packed = Pack(program);
        var plain = _files["plain"];
        PlainFile.Write(packed, plain);
        Assert.Equal(TestFiles.Dwarf(program), TestFiles.Dwarf(plain));
        Assert.DoesNotContain("COMPRESSED", TestFiles.Run("readelf", "-t", plain), StringComparison.Ordinal);
        Assert.Equal(TestFiles.Id('a'), ElfContents.TryRead(plain)!.BuildId);
    }

    [Fact]
    public void Every_part_of_an_expansion_is_that_of_the_whole()
    {
        using var expansion = ElfExpansion.Open(Pack(_files.Program("program", TestFiles.Id('a'))));
        using var whole = new MemoryStream();
        expansion.CopyTo(whole);
        Assert.Equal(expansion.Length, whole.Length);
        for (long from = 0; from < whole.Length; from += 397)
        {
            using var part = new MemoryStream();
            var count = Math.Min(1000, whole.Length - from);
            expansion.CopyTo(part, from, count);
            Assert.Equal(whole.ToArray()[(int)from..(int)(from + count)], part.ToArray());
        }
    }

    [Fact]
    public void A_modules_references_between_debug_sections_are_applied_and_those_to_code_stay()
    {
        var module = _files.Module("m.ko", TestFiles.Id('b'), "6.1.0");
        var packed = Pack(module);
        Assert.Equal(TestFiles.Dwarf(module), TestFiles.Dwarf(packed));
        Assert.Matches(@"rela\.debug_info.*contains \d{2,} entries", TestFiles.Run("readelf", "-rW", module));
        var left = System.Text.RegularExpressions.Regex.Match(TestFiles.Run("readelf", "-rW", packed),
            @"rela\.debug_info[^\n]*\n(?<entries>(?:[^\n]+\n)+)").Groups["entries"].Value;
        Assert.Contains(".text", left);
        Assert.DoesNotContain(".debug", left);
    }

    [Fact]
    public void Damaged_files_are_refused_or_written_anew_and_nothing_worse()
    {
        var bytes = File.ReadAllBytes(_files.Module("m.ko", TestFiles.Id('b'), "6.1.0"));
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var damaged = bytes.ToArray();
            var table = (int)BitConverter.ToInt64(damaged, 40);
            for (var flips = 0; flips < 4; flips++)
                damaged[random.Next(2) == 0
                    ? random.Next(64)
                    : table + random.Next(damaged.Length - table)] = (byte)random.Next(256);
            File.WriteAllBytes(_files["damaged"], random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                PlainFile.Write(Pack(_files["damaged"]), _files["again"]);
            }
            catch (Exception e) when (e is InvalidDataException or Dumps.DumpException or IOException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private string Pack(string path)
    {
        using var input = File.OpenHandle(path);
        using var output = File.Create(_files["packed"]);
        ElfPacker.Pack(input, output);
        return output.Name;
    }
}
