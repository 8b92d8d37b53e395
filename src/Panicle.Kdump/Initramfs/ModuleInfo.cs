using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// What a module says of itself in its section <c>.modinfo</c>, a list of <c>tag=value</c> each ended by a NUL.
/// </summary>
/// <param name="Needs">The modules that must be loaded before it.</param>
/// <param name="Wants">The modules that it asks for besides, by name or alias (<c>softdep=pre: …</c>).</param>
internal sealed record ModuleInfo(IReadOnlyList<string> Needs, IReadOnlyList<string> Wants)
{
    /// <summary>Reads it out of a module's bytes.</summary>
    /// <exception cref="InvalidDataException">It is no module.</exception>
    public static ModuleInfo Read(byte[] module)
    {
        using var file = ElfFile.TryOpen(new MemoryStream(module), Limits.Default, out var why)
            ?? throw new InvalidDataException(why);
        if (file.Section(".modinfo") is not { } section || file.Read(section) is not { } bytes)
            throw new InvalidDataException("it has no .modinfo: it is no kernel module");
        var tags = Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(tag => tag.Split('=', 2)).Where(tag => tag.Length == 2).ToList();
        return new ModuleInfo(
            [.. tags.Where(tag => tag[0] == "depends")
                .SelectMany(tag => tag[1].Split(',', StringSplitOptions.RemoveEmptyEntries))],
            [.. tags.Where(tag => tag[0] == "softdep").SelectMany(tag => Before(tag[1]))]);
    }

    // "pre: a b post: c": those between pre: and post:.
    private static IEnumerable<string> Before(string softdep)
    {
        var isBefore = false;
        foreach (var word in softdep.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word is "pre:" or "post:")
                isBefore = word == "pre:";
            else if (isBefore)
                yield return word;
        }
    }
}
