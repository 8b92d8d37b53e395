using System.Net;
using System.Net.Sockets;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Network;

/// <summary>
/// How the capture kernel reaches a server: the cards, what is made of them, and the addresses. The settings say it; what they
/// leave open, the running system's own way there does.
/// </summary>
/// <param name="Ports">The cards, as the running system calls them.</param>
/// <param name="Bond">As the setting spells it.</param>
/// <param name="Vlan">As the setting spells it.</param>
/// <param name="Address">An entry of the setting <c>network</c>.</param>
internal sealed record CaptureNetwork(IReadOnlyList<string> Ports, string Bond, string Vlan, string Address)
{
    /// <exception cref="TargetException">There is no way there, or none that a capture kernel could take.</exception>
    public static CaptureNetwork To(SystemRoot root, IPAddress server, EffectiveConfiguration configuration)
    {
        if (IPAddress.IsLoopback(server))
            throw new TargetException($"{server} is this machine itself, which will have crashed");
        if (server.IsIPv6LinkLocal)
            throw new TargetException(
                $"{server} is an address of one link only, and nothing tells the capture kernel which: give another");
        bool IsSet(string key) => configuration.OriginOf(key) != Origin.Default;
        var route = Route.To(root, server);
        if (route?.Interface == "lo")
            throw new TargetException($"{server} is this machine itself, which will have crashed");
        var given = configuration["interface"].Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries);
        var names = given.Length > 0
            ? [.. given.Select(name => InterfaceStack.Find(root, name)
                ?? throw new TargetException($"there is no network interface {name}"))]
            : new[] { (route ?? throw new TargetException(
                $"there is no route to {server} now: set interface to the one that leads there")).Interface };
        // Cards that somebody put together by hand stay as they are said.
        var stack = IsSet("bond") && names.Length > 1
            ? new InterfaceStack(names, "", [])
            : names.Select(name => InterfaceStack.Of(root, name)).Aggregate((first, next) =>
                first with { Ports = [.. first.Ports, .. next.Ports] });
        return new CaptureNetwork(
            [.. stack.Ports.Distinct()], IsSet("bond") ? configuration["bond"] : stack.Bond,
            IsSet("vlan") ? configuration["vlan"] : string.Join(' ', stack.Vlans),
            IsSet("network") && Serves(configuration["network"], server) ? configuration["network"]
            : AddressOn(root, names[0], server, Route.To(root, server, names[0])));
    }

    // Whether it gives an address of the server's kind: what was written for IPv4 doesn't say how to get one of IPv6.
    private static bool Serves(string network, IPAddress server) =>
        NetworkAddress.Entries(network).Any(entry => IsV6(entry) == (server.AddressFamily == AddressFamily.InterNetworkV6));

    private static bool IsV6(string entry) => entry == NetworkAddress.Auto
        || (NetworkAddress.TryParse(entry, out var given) && given.Address.AddressFamily == AddressFamily.InterNetworkV6);

    // A host whose address somebody set keeps it; what DHCP or a router gave is asked for again.
    private static string AddressOn(SystemRoot root, string name, IPAddress server, Route? route)
    {
        var isV6 = server.AddressFamily == AddressFamily.InterNetworkV6;
        var next = (route?.Gateway is { IsIPv6LinkLocal: false } gateway ? gateway : server).GetAddressBytes();
        var own = InterfaceAddress.Of(root, name, server.AddressFamily).Where(address => address.IsReady)
            .OrderBy(address => Route.Matches(address.Address.GetAddressBytes(), next, address.PrefixLength) ? 0 : 1)
            .ThenBy(address => address.IsPermanent ? 0 : 1).FirstOrDefault();
        // A whole IPv6 address that ends is DHCPv6's: whoever has it until it ends may use it.
        return own is not null && (own.IsPermanent || (isV6 && own.PrefixLength == 128))
            ? new NetworkAddress(own.Address, own.PrefixLength, route?.Gateway).ToString()
            : isV6 ? NetworkAddress.Auto : NetworkAddress.Dhcp;
    }
}
