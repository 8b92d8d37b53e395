using Panicle.Formats.Elf;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.PerCpu;

/// <summary>
/// The registers that each CPU saved when it stopped. The kernel keeps one ELF note for each CPU in memory
/// (<c>crash_notes</c>, kernel/crash_core.c), which says for certain whose registers they are. The notes in the dump
/// file are the same ones with the empty ones left out, or a hypervisor's (QEMU's): one for each of its virtual CPUs, offline
/// ones included. There they can only be counted, unless the registers themselves tell the CPU.
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
        var notes = kernel.Dump.Notes.Where(note => note is { Name: "CORE", Type: ElfNote.PrStatus }).ToList();
        var found = new Dictionary<int, CpuRegisters>();
        for (var i = 0; i < notes.Count; i++)
        {
            var descriptor = notes[i].Descriptor.Span;
            if ((CpuThatWasIn(kernel, cpus, descriptor) ?? CpuInTurn(cpus, notes.Count, i)) is { } cpu
                && kernel.Architecture.ParsePrStatus(descriptor) is { } parsed)
                found.TryAdd(cpu, parsed);
        }
        return found;
    }

    // A CPU that was in the kernel tells by where its own variables are. The kernel's notes have the running program's there.
    private static int? CpuThatWasIn(KernelDump kernel, CpuSet cpus, ReadOnlySpan<byte> descriptor)
    {
        if (kernel.Architecture.PerCpuOffsetIn(descriptor) is not { } offset || !kernel.Memory.IsKernelAddress(offset))
            return null;
        var found = cpus.Present.Where(cpu => cpus.TryOffsetOf(cpu, out var known) && known == offset).Take(2).ToList();
        return found.Count == 1 ? found[0] : null;
    }

    // The kernel's notes are of the CPUs that were online, a hypervisor's of every one that there is.
    private static int? CpuInTurn(CpuSet cpus, int notes, int index)
    {
        var order = notes <= cpus.Online.Count ? cpus.Online : cpus.Present;
        return index < order.Count ? order[index] : null;
    }
}
