using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Panicle.Kdump.Targets;

/// <summary>How a crash's directory and files are called, so that the distributions' own tools find them.</summary>
/// <param name="Directory">The crash's directory, below the target's.</param>
/// <param name="Dump">The dump. What is saved beside it is named after it (<see cref="Save.SideFiles"/>).</param>
/// <param name="CaptureLog">What the capture did.</param>
internal sealed record CrashNames(string Directory, string Dump, string CaptureLog)
{
    /// <summary>
    /// What the crash's directory has come to be called at its target, where an earlier crash of the same minute has the name: there a
    /// further attempt goes on. Null until it was made.
    /// </summary>
    public string? Taken { get; set; }

    /// <summary>
    /// Takes a directory for the crash, at the first attempt: the first of its name, and that name and a number, that nobody has.
    /// </summary>
    /// <param name="tryTake">Whether the directory of that name could be taken; false if it is there already.</param>
    /// <exception cref="IOException">Too many are there.</exception>
    public string Take(Func<string, bool> tryTake)
    {
        const int Most = 100;
        for (var i = 1; Taken is null && i <= Most; i++)
        {
            var name = i == 1 ? Directory : $"{Directory}.{i}";
            if (tryTake(name))
                Taken ??= name;
        }
        return Taken ?? throw new IOException($"{Directory} and {Most - 1} more of the crash's names are taken already");
    }

    /// <summary>Names as kdump-tools of Debian makes them, in UTC: <c>202611210412/dump.202611210412</c>.</summary>
    public static CrashNames Debian(DateTime time)
    {
        var stamp = time.ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture);
        return new CrashNames(stamp, $"dump.{stamp}", $"capture.{stamp}");
    }

    /// <summary>Names as kexec-tools of RHEL makes them, in UTC: <c>192.0.2.7-2026-11-21-04:12:33/vmcore</c>.</summary>
    public static CrashNames Rhel(DateTime time, string address) =>
        new($"{address}-{time.ToString("yyyy-MM-dd-HH:mm:ss", CultureInfo.InvariantCulture)}", "vmcore", "vmcore-capture.txt");

    /// <summary>The names for a configured layout, now.</summary>
    public static CrashNames For(string layout) =>
        layout == "rhel" ? Rhel(DateTime.UtcNow, OwnAddress()) : Debian(DateTime.UtcNow);

    private static string OwnAddress()
    {
        try
        {
            var addresses = NetworkInterface.GetAllNetworkInterfaces()
                .Where(network => network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(address => address.Address).ToList();
            return (addresses.Find(address => address.AddressFamily == AddressFamily.InterNetwork)
                ?? addresses.Find(address => address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false }))
                ?.ToString() ?? "127.0.0.1";
        }
        catch (NetworkInformationException)
        {
            return "127.0.0.1";
        }
    }
}
