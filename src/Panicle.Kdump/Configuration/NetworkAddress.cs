using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Panicle.Kdump.Configuration;

/// <summary>A fixed address: <c>192.0.2.7/24 via 192.0.2.1</c>.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">How many of its bits are the network's.</param>
/// <param name="Gateway">The way to other networks, or null.</param>
internal sealed record NetworkAddress(IPAddress Address, int PrefixLength, IPAddress? Gateway)
{
    /// <summary>What the setting says for an address that a DHCP server gives.</summary>
    public const string Dhcp = "dhcp";

    /// <summary>What it says for an IPv6 address that the kernel makes of a router's advertisement.</summary>
    public const string Auto = "auto";

    /// <summary>The entries of the setting <c>network</c>.</summary>
    public static string[] Entries(string setting) =>
        setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Reads an address with its prefix: <c>192.0.2.7/24</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out NetworkAddress? address)
    {
        address = null;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not ([_] or [_, "via", _]) || !IPNetwork.TryParse(MaskHost(words[0]), out var network)
            || !IPAddress.TryParse(words[0].Split('/')[0], out var own))
            return false;
        IPAddress? gateway = null;
        if (words.Length == 3 && !IPAddress.TryParse(words[2], out gateway))
            return false;
        address = new NetworkAddress(own, network.PrefixLength, gateway);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}{(Gateway is null ? "" : $" via {Gateway}")}";

    // IPNetwork takes no bits behind the prefix; all that is wanted of it is the check of the prefix's length.
    private static string MaskHost(string text) => text.Split('/') is [var host, var prefix]
        ? host.Contains(':', StringComparison.Ordinal) ? $"::/{prefix}" : $"0.0.0.0/{prefix}"
        : "";
}
