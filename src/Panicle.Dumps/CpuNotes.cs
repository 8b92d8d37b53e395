using Panicle.Formats.Elf;

namespace Panicle.Dumps;

/// <summary>The notes in which CPUs left their registers: NT_PRSTATUS of "CORE", one for each that stopped.</summary>
internal static class CpuNotes
{
    /// <summary>How many CPUs left their registers, or null if none did.</summary>
    public static int? Count(IEnumerable<ElfNote> notes)
    {
        var count = notes.Count(static note => note is { Name: "CORE", Type: ElfNote.PrStatus });
        return count > 0 ? count : null;
    }
}
