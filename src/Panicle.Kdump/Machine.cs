using System.Runtime.InteropServices;

namespace Panicle.Kdump;

/// <summary>What of a machine bears on the capture of its crashes.</summary>
/// <param name="Architecture">As <c>uname -m</c> says it.</param>
/// <param name="Release">The running kernel, as <c>uname -r</c> says it.</param>
/// <param name="Memory">Its memory in bytes, what is reserved included.</param>
/// <param name="Cpus">How many CPUs are there.</param>
public sealed record Machine(string Architecture, string Release, ulong Memory, int Cpus)
{
    private const ulong Kilobyte = 1024;

    /// <summary>Bytes in a page of its memory: of the machine that this runs on, since a system's files don't tell.</summary>
    public ulong PageSize { get; init; } = (ulong)Environment.SystemPageSize;

    /// <summary>Reads memory, architecture and CPUs out of a system's <c>/proc</c> and <c>/sys</c>.</summary>
    public static Machine Read(SystemRoot root)
    {
        var release = root.ReadLine("/proc/sys/kernel/osrelease");
        return new Machine(ArchitectureOf(root, release), release, Math.Max(FromIomem(root), FromMeminfo(root)), CountCpus(root));
    }

    /// <summary>The number of a list such as <c>0-3,5</c>.</summary>
    internal static int CountList(string list)
    {
        var count = 0;
        foreach (var part in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-', 2);
            if (int.TryParse(ends[0], out var first) && int.TryParse(ends[^1], out var last) && last >= first)
                count += last - first + 1;
        }
        return count;
    }

    /// <summary>A field of <c>/proc/meminfo</c>, in bytes, or null.</summary>
    internal static ulong? Meminfo(SystemRoot root, string field)
    {
        var line = root.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith($"{field}:", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, ..]
            && ulong.TryParse(kilobytes, out var number)
            ? number * Kilobyte
            : null;
    }

    // The kernel's own image and what it reserved early isn't in MemTotal; /proc/iomem has all that the firmware gave, but
    // addresses only for root.
    private static ulong FromIomem(SystemRoot root)
    {
        ulong sum = 0;
        foreach (var line in root.ReadLines("/proc/iomem"))
        {
            if (line.StartsWith(' ') || !line.EndsWith(": System RAM", StringComparison.Ordinal))
                continue;
            var ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            if (ends.Length == 2 && ParseHex(ends[0]) is { } first && ParseHex(ends[1]) is { } last && last > first)
                sum += last - first + 1;
        }
        return sum;
    }

    private static ulong FromMeminfo(SystemRoot root) =>
        Meminfo(root, "MemTotal") is { } total ? total + (Loading.KexecState.Read(root).Reserved ?? 0) : 0;

    private static int CountCpus(SystemRoot root) =>
        CountList(root.ReadLine("/sys/devices/system/cpu/present")) is > 0 and var count ? count
        : root.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal)) is > 0
        and var listed ? listed
        : 1;

    private static string ArchitectureOf(SystemRoot root, string release)
    {
        if (root.ReadLine("/proc/sys/kernel/arch") is { Length: > 0 } told)
            return told; // Since Linux 6.1.
        if (release.EndsWith("arm64", StringComparison.Ordinal) || release.EndsWith("aarch64", StringComparison.Ordinal))
            return "aarch64";
        return RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
            System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64le",
            System.Runtime.InteropServices.Architecture.S390x => "s390x",
            System.Runtime.InteropServices.Architecture.X86 => "i686",
            _ => "x86_64",
        };
    }

    private static ulong? ParseHex(string text) =>
        ulong.TryParse(text, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) ? value : null;
}
