using Panicle.Formats.Elf;
using Panicle.Symbols.Elf;

namespace Panicle.Symbols.Tests;

/// <summary>Tried on the only ELF file that is surely there: the test's own host program.</summary>
public class ElfSymbolTableTests
{
    [Fact]
    public void Tables_of_damaged_files_never_throw()
    {
        var sound = File.ReadAllBytes(Environment.ProcessPath!);
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
            if (file is null || ElfSymbolTable.TryOpen(file, 0, null, out _) is not { } table)
                continue;
            _ = table.All().Take(500).Count();
            table.TryLookup((ulong)random.Next(), out _);
        }
    }
}
