namespace Panicle.Lab;

/// <summary>A Debian suite that the lab takes packages from.</summary>
/// <param name="Name">Its code name, as apt writes it.</param>
/// <param name="HasSecurity">Whether it has a security archive beside the main one.</param>
/// <param name="ElfPackage">The package of libelf there, which the kernel's build tools are linked with.</param>
public sealed record Suite(string Name, bool HasSecurity, string ElfPackage)
{
    /// <summary>Debian 11: Linux 5.10.</summary>
    public static readonly Suite Bullseye = new("bullseye", true, "libelf1");

    /// <summary>Debian 12: Linux 6.1 and 6.12.</summary>
    public static readonly Suite Bookworm = new("bookworm", true, "libelf1");

    /// <summary>Unstable: the newest kernel and the newest tools.</summary>
    public static readonly Suite Sid = new("sid", false, "libelf1t64");
}
