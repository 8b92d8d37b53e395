using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panicle.Formats.Elf;

namespace Panicle.BadInput.Tests;

/// <summary>Damages the sections of a file that hold its debug information, and those that its relocations are made of.</summary>
internal sealed class DebugInfoDamage
{
    private const int RelocationBytes = 24; // Elf64_Rela

    private static readonly string[] Prefixes = [".debug", ".rela.debug", ".eh_frame", ".rela.eh_frame", ".symtab"];

    private readonly byte[] _original;
    private readonly List<ElfSection> _sections;

    /// <summary>Prepares to damage a file.</summary>
    public DebugInfoDamage(string path)
    {
        _original = File.ReadAllBytes(path);
        using var elf = ElfFile.TryOpen(path, Limits.Default, out var why);
        Assert.True(elf is not null, why);
        _sections = [.. elf.Sections.Where(section =>
            section.Size > 0 && Prefixes.Any(prefix => section.Name.StartsWith(prefix, StringComparison.Ordinal)))];
    }

    /// <summary>The sections that are damaged.</summary>
    public IEnumerable<string> Sections => _sections.Select(section => section.Name);

    /// <summary>Writes a copy with one damage, which is the same for the same number each time; returns what it is.</summary>
    public string Write(string path, int number)
    {
        var bytes = (byte[])_original.Clone();
        var random = new Random(number);
        var section = _sections[number % _sections.Count];
        var at = random.Next((int)section.Size);
        var place = bytes.AsSpan((int)section.Offset + at, (int)section.Size - at);
        var what = section.Name.StartsWith(".rela", StringComparison.Ordinal) && random.Next(2) == 0
            ? DamageRelocations(bytes.AsSpan((int)section.Offset, (int)section.Size), random)
            : Damage(place, random);
        File.WriteAllBytes(path, bytes);
        return $"{number}: {section.Name}+0x{at:x}: {what}";
    }

    private static string Damage(Span<byte> place, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                place[0] ^= (byte)(1 << random.Next(8));
                return "a bit flipped";
            case 1:
                random.NextBytes(place[..Math.Min(place.Length, 1 + random.Next(16))]);
                return "noise";
            case 2:
                place[..Math.Min(place.Length, 1 + random.Next(64))].Fill((byte)(random.Next(2) * 0xff));
                return "filled";
            case 3:
                // As if a disk had lost sectors.
                random.NextBytes(place[..Math.Min(place.Length, 4096)]);
                return "a page of noise";
            default:
                if (place.Length >= 4)
                    BinaryPrimitives.WriteUInt32LittleEndian(
                        place, (uint)(random.Next(3) switch { 0 => 0x7fffffff, 1 => -16, _ => random.Next(4096) }));
                return "a number";
        }
    }

    /// <summary>Every 16th entry writes elsewhere: references then lead to other entries, strings, units.</summary>
    private static string DamageRelocations(Span<byte> table, Random random)
    {
        var field = random.Next(3);
        for (var at = random.Next(16) * RelocationBytes; at + RelocationBytes <= table.Length; at += 16 * RelocationBytes)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(table.Slice(at, RelocationBytes));
            words[field] = field switch
            {
                0 => (ulong)random.Next(1 << 17),
                1 => (ulong)random.Next(1 << 10) << 32 | (uint)random.Next(30),
                _ => (ulong)random.NextInt64(),
            };
        }
        return $"relocations' {(field switch { 0 => "places", 1 => "symbols", _ => "addends" })} changed";
    }
}
