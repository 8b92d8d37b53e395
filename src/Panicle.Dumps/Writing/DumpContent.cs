using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Dumps.Writing;

/// <summary>What a written dump is to hold beside the pages themselves.</summary>
public sealed record DumpContent
{
    /// <summary>The machine's page size in bytes; 4096 for x86-64.</summary>
    public required int PageSize { get; init; }

    /// <summary>The machine, by its number in ELF headers.</summary>
    public required ushort Machine { get; init; }

    /// <summary>The frames that the machine had.</summary>
    public required PageSet Ram { get; init; }

    /// <summary>The frames whose pages are written.</summary>
    public required PageSet Dumped { get; init; }

    /// <summary>
    /// Frames whose pages would be written if the source had them: it was cut short, or a part of it isn't there. They are listed
    /// as missing, so that nobody takes them for left out; null for none. None of them is among <see cref="Dumped"/>.
    /// </summary>
    public PageSet? Missing { get; init; }

    /// <summary>
    /// Whether the dump is marked as incomplete whatever comes of writing it, since the source lacks pages.
    /// </summary>
    public bool IsIncomplete { get; init; }

    /// <summary>
    /// Ranges of frames, ascending and apart, whose pages are written before the others where the format allows that: those that
    /// a dump which is cut off can't do without.
    /// </summary>
    public IReadOnlyList<(ulong First, ulong End)> Before { get; init; } = [];

    /// <summary>The kernel's <c>struct new_utsname</c>, which a kdump-compressed file has in its header.</summary>
    public required Utsname Utsname { get; init; }

    /// <summary>makedumpfile's dump level (bits: 1 zero, 2 cache, 4 private cache, 8 user, 16 free).</summary>
    public int FilterLevel { get; init; }

    /// <summary>
    /// What the kernel keeps as <c>phys_base</c>, in bytes: <see cref="DumpHeader.PhysicalBase"/> says of what.
    /// </summary>
    public ulong PhysicalBase { get; init; }

    /// <summary>
    /// Where the kernel maps all memory linearly, for the virtual addresses of an ELF file's segments; 0 if that isn't known.
    /// </summary>
    public ulong DirectMap { get; init; }

    /// <summary>When the machine crashed or the dump was made, in UTC.</summary>
    public DateTime WrittenAt { get; init; } = DateTime.UtcNow;

    /// <summary>How many CPUs the machine had, for the header.</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>The ELF notes, the VMCOREINFO note among them where there is one.</summary>
    public IReadOnlyList<ElfNote> Notes { get; init; } = [];

    /// <summary>
    /// The text that says what was overwritten before the pages were written (makedumpfile's "eraseinfo"); empty if nothing was.
    /// </summary>
    public string EraseInfo { get; init; } = "";

    /// <summary>The frames that a file lists: those whose pages it has, and the missing ones.</summary>
    internal PageSet Listed
    {
        get
        {
            if (Missing is null)
                return Dumped;
            var all = Dumped.Clone();
            foreach (var (first, end) in Missing.Runs())
                all.Add(first, end - first);
            return all;
        }
    }

    /// <summary>The notes of a dump; the kernel's note to dump tools is added where the file keeps it elsewhere.</summary>
    public static IReadOnlyList<ElfNote> NotesOf(DumpFile dump, VmcoreInfo? info)
    {
        ArgumentNullException.ThrowIfNull(dump);
        if (info is null || dump.Notes.Any(static note => note.Name == "VMCOREINFO"))
            return dump.Notes;
        var text = string.Concat(info.Lines.Select(static line => $"{line.Key}={line.Value}\n"));
        return [.. dump.Notes, new ElfNote("VMCOREINFO", 0, Encoding.UTF8.GetBytes(text))];
    }
}
