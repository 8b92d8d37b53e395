namespace Panicle.Formats.Elf;

/// <summary>
/// ELF machine numbers (include/uapi/linux/elf-em.h), and the names that the kernel's utsname has for the same machines.
/// </summary>
public static class ElfMachine
{
    /// <summary>EM_X86_64: 64-bit x86 of AMD and Intel.</summary>
    public const ushort X86_64 = 62;

    /// <summary>EM_AARCH64: 64-bit ARM, the kernel's arm64.</summary>
    public const ushort AArch64 = 183;

    /// <summary>EM_RISCV: of 32 and 64 bits, which the file's class tells apart.</summary>
    public const ushort RiscV = 243;

    private static readonly (ushort Number, string Name)[] Known =
    [
        (X86_64, "x86_64"), (AArch64, "aarch64"), (RiscV, "riscv64"), (3, "i386"), (40, "arm"), (22, "s390x"), (21, "ppc64"),
        (21, "ppc64le"), (20, "ppc"), (8, "mips"), (258, "loongarch64"), (2, "sparc"), (43, "sparc64"), (50, "ia64"),
        (15, "parisc"), (RiscV, "riscv"), (3, "i486"), (3, "i586"), (3, "i686"), (40, "armv7l"), (40, "armv6l"), (8, "mips64"),
    ];

    /// <summary>The machine number for the machine field of utsname, or 0.</summary>
    public static ushort NumberOf(string name)
    {
        foreach (var machine in Known)
        {
            if (machine.Name == name)
                return machine.Number;
        }
        return 0;
    }

    /// <summary>A machine's name in utsname, or its number in words.</summary>
    public static string NameOf(ushort number)
    {
        foreach (var machine in Known)
        {
            if (machine.Number == number)
                return machine.Name;
        }
        return $"machine number {number}";
    }

    /// <summary>A machine as people call it, with its number: for messages about dumps that can't be analysed.</summary>
    public static string Describe(ushort number) => number switch
    {
        3 => "32-bit x86 (ELF machine 3)",
        8 => "MIPS (ELF machine 8)",
        20 => "32-bit PowerPC (ELF machine 20)",
        21 => "64-bit PowerPC (ELF machine 21)",
        22 => "s390 (ELF machine 22)",
        40 => "32-bit ARM (ELF machine 40)",
        X86_64 => "x86-64 (ELF machine 62)",
        AArch64 => "arm64 (ELF machine 183)",
        RiscV => "RISC-V (ELF machine 243)",
        258 => "LoongArch (ELF machine 258)",
        _ => $"ELF machine {number}",
    };
}
