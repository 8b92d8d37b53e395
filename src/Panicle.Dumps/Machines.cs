namespace Panicle.Dumps;

/// <summary>ELF machine numbers and the names that the kernel's utsname has for the same machines.</summary>
internal static class Machines
{
    public const ushort X86_64 = 62;
    public const ushort AArch64 = 183;

    private static readonly (ushort Number, string Name)[] Known =
    [
        (X86_64, "x86_64"), (AArch64, "aarch64"), (243, "riscv64"), (3, "i386"), (40, "arm"), (22, "s390x"), (21, "ppc64"),
        (21, "ppc64le"), (20, "ppc"), (8, "mips"), (258, "loongarch64"), (2, "sparc"), (43, "sparc64"), (50, "ia64"), (15, "parisc"),
        (243, "riscv"), (3, "i486"), (3, "i586"), (3, "i686"), (40, "armv7l"), (40, "armv6l"), (8, "mips64"),
    ];

    /// <summary>The ELF machine number for utsname's machine field, or 0.</summary>
    public static ushort NumberOf(string name)
    {
        foreach (var machine in Known)
        {
            if (machine.Name == name)
                return machine.Number;
        }
        return 0;
    }

    /// <summary>A machine's usual name, or its number in words.</summary>
    public static string NameOf(ushort number)
    {
        foreach (var machine in Known)
        {
            if (machine.Number == number)
                return machine.Name;
        }
        return $"machine number {number}";
    }
}
