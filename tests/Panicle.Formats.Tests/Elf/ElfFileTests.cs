using Panicle.Formats.Elf;

namespace Panicle.Formats.Tests.Elf;

/// <summary>Tried on the only ELF file that is surely there: the test's own host program or libc.</summary>
public class ElfFileTests
{
    private static readonly string Sample = Environment.ProcessPath!;

    [Fact]
    public void Sections_and_build_id_are_read()
    {
        using var file = ElfFile.TryOpen(Sample, Limits.Default, out var why);
        Assert.True(file is not null, why);

        Assert.NotNull(file.Section(".text"));
        Assert.True(file.Section(".text")!.Value.IsCode);
        Assert.NotNull(file.Read(file.Section(".rodata")!.Value));
        Assert.NotNull(file.BuildId);
        Assert.Matches("^[0-9a-f]{8,}$", file.BuildId);
    }

    [Fact]
    public void What_is_no_ELF_file_is_refused_with_a_reason()
    {
        Assert.Null(ElfFile.TryOpen(new MemoryStream(new byte[10]), Limits.Default, out var why));
        Assert.Contains("too short", why, StringComparison.Ordinal);
        Assert.Null(ElfFile.TryOpen(new MemoryStream(new byte[1000]), Limits.Default, out why));
        Assert.Contains("isn't an ELF file", why, StringComparison.Ordinal);
        Assert.Null(ElfFile.TryOpen("/nonexistent", Limits.Default, out why));
        Assert.NotEmpty(why!);
    }

    [Fact]
    public void Damaged_files_never_throw()
    {
        var sound = File.ReadAllBytes(Sample);
        var random = new Random(9);
        for (var round = 0; round < 200; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var flips = random.Next(1, 30); flips > 0; flips--)
                bytes[random.Next(2) == 0 ? random.Next(64) : random.Next(bytes.Length)] = (byte)random.Next(256);
            var tableStart = Math.Max(0, bytes.Length - 4096);
            for (var flips = random.Next(40); flips > 0; flips--)
                bytes[random.Next(tableStart, bytes.Length)] = (byte)random.Next(256);
            var length = round % 3 == 0 ? random.Next(bytes.Length) : bytes.Length;
            using var file = ElfFile.TryOpen(new MemoryStream(bytes, 0, length), Limits.Default, out _);
            if (file is null)
                continue;
            _ = file.BuildId;
            foreach (var section in file.Sections)
                if (section.Size < 1 << 20)
                    _ = file.Read(section);
        }
    }
}
