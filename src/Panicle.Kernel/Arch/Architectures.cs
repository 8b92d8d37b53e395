using Panicle.Formats.Elf;
using Panicle.Kernel.Arch.X86_64;

namespace Panicle.Kernel.Arch;

/// <summary>
/// The architectures that there are. Each is a folder beside this file, and a line in the table; nothing outside of the folders
/// knows more of it than <see cref="Architecture"/> and <see cref="Processor"/> say.
/// </summary>
public static class Architectures
{
    private static readonly (ushort Machine, Architecture Architecture)[] Known =
    [
        (ElfMachine.X86_64, new X86_64Architecture()),
    ];

    /// <summary>Their processors' names, for a person: "x86-64".</summary>
    public static string Names => string.Join(" and ", Known.Select(known => known.Architecture.Processor.Name));

    /// <summary>The architecture of dumps with an ELF machine number; null if there is none.</summary>
    public static Architecture? Of(ushort machine)
    {
        foreach (var known in Known)
        {
            if (known.Machine == machine)
                return known.Architecture;
        }
        return null;
    }

    /// <summary>The processor that an event of a log is of; null if it is none of these.</summary>
    /// <param name="name">Its name as the event has it: "x86-64".</param>
    public static Processor? ProcessorOf(string? name)
    {
        foreach (var (_, architecture) in Known)
        {
            foreach (var processor in architecture.Processors)
            {
                if (processor.Name == name)
                    return processor;
            }
        }
        return null;
    }
}
