using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Panicle.Kdump.Network;

/// <summary>A route of the running system: a line of <c>/proc/net/route</c> or <c>/proc/net/ipv6_route</c>.</summary>
/// <param name="Interface">The interface that leads there.</param>
/// <param name="Gateway">The next router, or null for a network that the machine is in itself.</param>
internal sealed record Route(string Interface, IPAddress? Gateway)
{
    private const uint IsUp = 1; // RTF_UP
    private const uint HasGateway = 2; // RTF_GATEWAY
    private const uint IsReject = 0x200; // RTF_REJECT
    private const uint IsCache = 0x0100_0000; // RTF_CACHE

    /// <summary>
    /// The route to an address, as the kernel chooses it: the longest prefix, then the least metric; null for none.
    /// </summary>
    /// <param name="root">The system.</param>
    /// <param name="address">The address.</param>
    /// <param name="through">The interface that it has to go through; null for any.</param>
    public static Route? To(SystemRoot root, IPAddress address, string? through = null)
    {
        var all = address.AddressFamily == AddressFamily.InterNetworkV6 ? V6(root) : V4(root);
        var bytes = address.GetAddressBytes();
        var best = all.Where(entry => (entry.Flags & (IsUp | IsCache)) == IsUp && Matches(bytes, entry.Destination, entry.Prefix)
                && (through is null || entry.Interface == through))
            .OrderByDescending(entry => entry.Prefix).ThenBy(entry => entry.Metric).FirstOrDefault();
        return best is null || (best.Flags & IsReject) != 0 ? null
            : new Route(best.Interface, (best.Flags & HasGateway) != 0 ? best.Gateway : null);
    }

    /// <summary>Whether the first bits of two addresses are the same.</summary>
    public static bool Matches(ReadOnlySpan<byte> address, ReadOnlySpan<byte> network, int prefix)
    {
        if (address.Length != network.Length || prefix > address.Length * 8)
            return false;
        for (var bit = 0; bit < prefix; bit += 8)
        {
            var mask = (byte)(0xff << Math.Max(0, 8 - (prefix - bit)));
            if (((address[bit / 8] ^ network[bit / 8]) & mask) != 0)
                return false;
        }
        return true;
    }

    // Interface, destination, gateway, flags, …, metric (6), mask (7): addresses in hex, as numbers in this machine's byte order.
    private static IEnumerable<Entry> V4(SystemRoot root)
    {
        foreach (var line in root.ReadLines("/proc/net/route").Skip(1))
        {
            var words = line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 7 && Hex(words[1]) is { } destination && Hex(words[2]) is { } gateway && Hex(words[3]) is { } flags
                && uint.TryParse(words[6], out var metric) && Hex(words[7]) is { } mask)
                yield return new Entry(words[0], BitConverter.GetBytes(destination), int.CreateChecked(uint.PopCount(mask)),
                    new IPAddress(BitConverter.GetBytes(gateway)), metric, flags);
        }
    }

    // Destination, its prefix, source, its prefix, gateway, metric, references, uses, flags, interface: all in hex.
    private static IEnumerable<Entry> V6(SystemRoot root)
    {
        foreach (var line in root.ReadLines("/proc/net/ipv6_route"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 9 && Bytes(words[0]) is { } destination && Hex(words[1]) is { } prefix
                && Bytes(words[4]) is { } gateway && Hex(words[5]) is { } metric && Hex(words[8]) is { } flags)
                yield return new Entry(words[9], destination, (int)Math.Min(prefix, 128), new IPAddress(gateway), metric, flags);
        }
    }

    private static uint? Hex(string text) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static byte[]? Bytes(string text) =>
        text.Length == 32 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    private sealed record Entry(string Interface, byte[] Destination, int Prefix, IPAddress Gateway, uint Metric, uint Flags);
}
