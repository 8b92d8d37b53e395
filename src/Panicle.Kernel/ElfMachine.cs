namespace Panicle.Kernel;

/// <summary>Names of ELF machine numbers (include/uapi/linux/elf-em.h), for messages.</summary>
internal static class ElfMachine
{
    public static string Name(ushort machine) => machine switch
    {
        3 => "32-bit x86 (ELF machine 3)",
        8 => "MIPS (ELF machine 8)",
        20 => "32-bit PowerPC (ELF machine 20)",
        21 => "64-bit PowerPC (ELF machine 21)",
        22 => "s390 (ELF machine 22)",
        40 => "32-bit ARM (ELF machine 40)",
        62 => "x86-64 (ELF machine 62)",
        183 => "arm64 (ELF machine 183)",
        243 => "RISC-V (ELF machine 243)",
        258 => "LoongArch (ELF machine 258)",
        _ => $"ELF machine {machine}",
    };
}
