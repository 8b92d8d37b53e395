namespace Panicle.Kdump.Crashkernel;

/// <summary>The forms of <c>crashkernel=</c> (Documentation/admin-guide/kdump/kdump.rst).</summary>
public enum CrashkernelForm
{
    /// <summary>One size for every machine, <c>256M</c>, or with the address where it is to lie, <c>256M@16M</c>.</summary>
    Size,

    /// <summary><c>1G-4G:192M,4G-:256M</c>: a size for each range of memory sizes.</summary>
    Ranges,

    /// <summary><c>512M,high</c>: may lie above 4 GB.</summary>
    High,

    /// <summary><c>256M,low</c>: what <see cref="High"/> needs below 4 GB.</summary>
    Low,

    /// <summary>
    /// <c>512M,cma</c>: more memory for the capture kernel that the running one may use for movable pages meanwhile (6.17).
    /// </summary>
    Cma,

    /// <summary>Nothing that the kernel takes.</summary>
    Invalid,
}
