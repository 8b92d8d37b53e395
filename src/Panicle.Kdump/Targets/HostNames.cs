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
    public static IPAddress AddressOf(SystemRoot root, string host) => AddressesOf(root, host)[0];

    /// <summary>The addresses of a server, at least one, those of IPv4 first.</summary>
    /// <exception cref="IOException">None can be found.</exception>
    public static IReadOnlyList<IPAddress> AddressesOf(SystemRoot root, string host)
    {
        if (IPAddress.TryParse(host, out var given))
            return [given];
        if (InFile(root, host) is { Count: > 0 } known)
            return known;
        try
        {
            var addresses = Dns.GetHostAddresses(host);
            return addresses.Length > 0
                ? [.. addresses.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)]
                : throw new IOException($"{host} has no address");
        }
        catch (SocketException e)
        {
            throw new IOException($"the address of {host} can't be found ({e.Message})", e);
        }
    }

    /// <summary>What a system's own file says of a name, as far as it does.</summary>
    public static IReadOnlyList<IPAddress> InFile(SystemRoot root, string host)
    {
        var found = new List<IPAddress>();
        foreach (var line in root.ReadLines(Path))
        {
            var words = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words.Skip(1).Contains(host, StringComparer.OrdinalIgnoreCase)
                && IPAddress.TryParse(words[0], out var address))
                found.Add(address);
        }
        return [.. found.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)];
    }
}
