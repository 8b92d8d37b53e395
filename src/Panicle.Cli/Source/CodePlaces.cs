using Panicle.Debuginfo.Finding;
using Panicle.Formats.Demangling;
using Panicle.Formats.Elf;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Cli;

/// <summary>
/// A place in code that was asked for: the section and the offset in it, and what the code was compiled from, the innermost
/// function first. Source is the text around the innermost one's line, empty where no source tree has it.
/// </summary>
internal sealed record ListedPlace(
    string Asked, string Section, ulong Offset, IReadOnlyList<SourceFrame> Frames, IReadOnlyList<SourceLine> Source)
{
    public void WriteText(TextOutput output)
    {
        output.Line($"{Asked} is {Section}+0x{Offset:x}");
        foreach (var frame in Frames)
        {
            var place = frame.Name is null ? "an unknown place" : $"{frame.Name}:{frame.Line}";
            var function = NameDemangler.PathOf(frame.Function ?? "(unknown)");
            output.Line($"    {function} at {place}{(frame.IsInlined ? " (inlined)" : "")}");
        }
        if (Source.Count == 0)
            return;
        output.Line();
        new SourcePlace("", 0, Source).WriteText(output);
    }
}

/// <summary>Finds places in a vmlinux or a module's <c>.ko</c>, for <c>panicle list FUNCTION+OFFSET FILE</c>.</summary>
internal sealed class CodePlaces(DebugBinary binary, DebugFileOptions options, ulong? loadedAt, CommandContext context)
{
    private const int LinesAround = 5;

    /// <summary>The file among the operands, if one is an ELF file, and the others.</summary>
    public static (string? File, IReadOnlyList<string> Places) Sort(IReadOnlyList<string> operands)
    {
        var file = operands.FirstOrDefault(IsElf);
        return (file, [.. operands.Where(operand => operand != file)]);
    }

    /// <summary>What a person named: a function with an offset, or an address.</summary>
    /// <exception cref="CommandException">The file has no such place.</exception>
    public IReadOnlyList<ListedPlace> Find(string asked)
    {
        var addresses = AddressesOf(asked.TrimStart('*').Trim('(', ')'));
        return [.. addresses.Select(address => Describe(asked, address))];
    }

    private ListedPlace Describe(string asked, ulong address)
    {
        var frames = binary.Find(address);
        var place = binary.SectionAt(address) ?? throw new CommandException($"{asked} lies in no section of the file");
        return new ListedPlace(asked, place.Section.Name, place.Offset, frames, frames.Count > 0 ? TextOf(frames[0]) : []);
    }

    private IReadOnlyList<SourceLine> TextOf(SourceFrame frame)
    {
        if (frame.File is null || frame.Line == 0)
            return [];
        if (SourceTree.Find(options.Sources, frame.File) is { } path)
            return SourceText.Read(path, (long)frame.Line - LinesAround, (long)frame.Line + LinesAround, frame.Line);
        if (options.Sources.Count > 0)
            context.Note($"no source tree has {frame.File}");
        return [];
    }

    private List<ulong> AddressesOf(string text)
    {
        if (CodePlace.Parse(text) is { } name && binary.FindFunction(name.Function).ToList() is { Count: > 0 } functions)
        {
            var offset = name.Offset ?? 0;
            if (binary.Place(name.Function, offset, name.Size, out var whyNot) is { } one)
                return [one];
            var places = functions.Where(function => function.Size == 0 || offset <= function.Size)
                .Select(function => function.Address + offset).ToList();
            if (places.Count == 0)
                throw new CommandException(whyNot!);
            context.Note(whyNot!);
            return places;
        }
        if (!Numbers.TryParseHex(text, out var address))
            throw new CommandException($"there is no function '{text}' in the file");
        return [Linked(address)];
    }

    /// <summary>The address in the file for one that was seen at run time.</summary>
    private ulong Linked(ulong address)
    {
        if (binary.IsRelocatable)
        {
            var offset = address - (loadedAt ?? 0);
            return binary.TryPlace(".text", offset, out var place)
                ? place
                : throw new CommandException(
                    $"0x{offset:x} is beyond the module's code; --base is the address that /proc/modules shows");
        }
        return loadedAt is { } loaded ? address - loaded + (binary.Elf.Section(".text")?.Address ?? 0) : address;
    }

    private static bool IsElf(string path)
    {
        using var file = File.Exists(path) ? ElfFile.TryOpen(path, Limits.Default, out _) : null;
        return file is not null;
    }
}
