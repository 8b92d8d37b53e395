using Panicle.Formats.Elf;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.PerCpu;

/// <summary>
/// The registers that each CPU saved when it stopped. The kernel keeps one ELF note for each CPU in memory
/// (<c>crash_notes</c>, kernel/crash_core.c), which says for certain whose registers they are. The notes in the dump
/// file are the same ones with the empty ones left out, so there they can only be counted.
/// </summary>
internal static class SavedRegisters
{
    private const int NoteHeader = 12;
    private const int NoteBytes = 512;

    public static Dictionary<int, CpuRegisters> Read(KernelDump kernel, CpuSet cpus)
    {
        var registers = FromMemory(kernel, cpus);
        return registers.Count > 0 ? registers : FromFile(kernel, cpus);
    }

    private static Dictionary<int, CpuRegisters> FromMemory(KernelDump kernel, CpuSet cpus)
    {
        var found = new Dictionary<int, CpuRegisters>();
        if (!kernel.TrySymbolAddress("crash_notes", out var variable) || !kernel.Memory.TryReadWord(variable, out var percpu)
            || percpu == 0)
            return found;
        var note = new byte[NoteBytes];
        foreach (var cpu in cpus.Possible)
        {
            if (!kernel.Memory.TryRead(cpus.AddressOf(percpu, cpu), note, out _))
                continue;
            var nameSize = kernel.Memory.Words.ReadUInt32(note);
            var size = kernel.Memory.Words.ReadUInt32(note.AsSpan(4));
            var type = kernel.Memory.Words.ReadUInt32(note.AsSpan(8));
            var start = NoteHeader + ((nameSize + 3) & ~3u);
            if (type != ElfNote.PrStatus || nameSize is 0 or > 16 || size > NoteBytes - start)
                continue; // An empty note: this CPU never stopped for the dump.
            if (kernel.Architecture.ParsePrStatus(note.AsSpan((int)start, (int)size)) is { } parsed)
                found[cpu] = parsed;
        }
        return found;
    }

    private static Dictionary<int, CpuRegisters> FromFile(KernelDump kernel, CpuSet cpus)
    {
        var found = new Dictionary<int, CpuRegisters>();
        var notes = kernel.Dump.Notes.Where(note => note is { Name: "CORE", Type: ElfNote.PrStatus }).ToList();
        for (var i = 0; i < notes.Count && i < cpus.Online.Count; i++)
        {
            if (kernel.Architecture.ParsePrStatus(notes[i].Descriptor.Span) is { } parsed)
                found[cpus.Online[i]] = parsed;
        }
        return found;
    }
}
