using System.Net;
using System.Net.Sockets;

namespace Panicle.Kdump.Targets;

/// <summary>
/// The addresses of servers. In the capture kernel there is no name service: what the running system found stands in
/// <c>/etc/hosts</c> there (hosts(5)), so that names stay what certificates, signed addresses and known host keys are made for.
/// </summary>
internal static class HostNames
{
    public const string Path = "/etc/hosts";

    /// <summary>The address of a server.</summary>
    /// <exception cref="IOException">It can't be found.</exception>
    public static IPAddress AddressOf(SystemRoot root, string host)
    {
        if (IPAddress.TryParse(host, out var given))
            return given;
        if (InFile(root, host) is { } known)
            return known;
        try
        {
            var addresses = Dns.GetHostAddresses(host);
            return Array.Find(addresses, address => address.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        }
        catch (SocketException e)
        {
            throw new IOException($"the address of {host} can't be found ({e.Message})", e);
        }
    }

    private static IPAddress? InFile(SystemRoot root, string host)
    {
        foreach (var line in root.ReadLines(Path))
        {
            var words = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words.Skip(1).Contains(host, StringComparer.OrdinalIgnoreCase)
                && IPAddress.TryParse(words[0], out var address))
                return address;
        }
        return null;
    }
}
