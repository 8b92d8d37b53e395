namespace Panicle.Kdump.Crashkernel;

/// <summary>What a distribution reserves unless told otherwise.</summary>
/// <param name="Distribution">The distribution.</param>
/// <param name="Architecture">The architecture, as <c>uname -m</c> says it.</param>
/// <param name="Value">Its <c>crashkernel=</c>.</param>
internal sealed record DistributionDefault(string Distribution, string Architecture, string Value)
{
    private const string Ppc64le = "2G-4G:384M,4G-16G:512M,16G-64G:1G,64G-128G:2G,128G-:4G";

    /// <summary>
    /// Every one that Panicle knows: from kdumpctl get-default-crashkernel of RHEL 9 and 10, and kdump-tools 1.8.1 of Debian.
    /// </summary>
    public static readonly IReadOnlyList<DistributionDefault> All =
    [
        new("RHEL 8 and 9", "x86_64", "1G-4G:192M,4G-64G:256M,64G-:512M"),
        new("RHEL 10", "x86_64", "2G-64G:256M,64G-:512M"),
        new("RHEL 9 and 10 (4 KB pages)", "aarch64", "2G-4G:256M,4G-64G:320M,64G-:576M"),
        new("RHEL 9 and 10", "ppc64le", Ppc64le),
        new("Debian 12", "x86_64", "384M-:128M"),
        new("Debian 12", "aarch64", "384M-:128M"),
    ];
}
